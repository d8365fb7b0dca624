// Turns a <select> inside [data-pool-combobox] into a search field with a list (ARIA 1.2 combobox with list popup).
// The select stays in the form and keeps its name: what is sent is the same with and without this script.

const fold = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/ß/g, "ss")
    .replace(/['’ʼ-]/g, "")
    .toLocaleLowerCase()
    .trim();

const build = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// A name that begins with the words comes before one that merely holds them.
const rank = (names, words) => {
  if (names.some((name) => name.startsWith(words))) return 0;
  if (names.some((name) => name.includes(` ${words}`) || name.includes(`(${words}`))) return 1;
  return names.some((name) => name.includes(words)) ? 2 : -1;
};

const enhance = (wrapper) => {
  const select = wrapper.querySelector("select");
  if (!select || select.multiple || wrapper.dataset.poolReady) return;
  wrapper.dataset.poolReady = "true";

  const id = select.id;
  const entries = [...select.options]
    .filter((option) => option.value !== "")
    .map((option) => {
      const aliases = (option.dataset.aliases ?? "").split("|").filter(Boolean);
      const label = option.dataset.label ?? option.text.trim();
      return { option, aliases, label, note: option.dataset.note ?? "", names: [label, ...aliases].map(fold) };
    });
  const label = document.querySelector(`label[for="${CSS.escape(id)}"]`);
  if (label && !label.id) label.id = `${id}-label`;

  const input = build("input", {
    id,
    type: "text",
    role: "combobox",
    class: "kern-form-input__input",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${id}-list`,
  });
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  if (select.classList.contains("kern-form-input__select--error")) input.classList.add("kern-form-input__input--error");
  input.placeholder = select.dataset.placeholder ?? [...select.options].find((option) => option.value === "")?.text.trim() ?? "";
  if (select.required) input.setAttribute("aria-required", "true");
  input.disabled = select.disabled;

  const list = build("ul", { id: `${id}-list`, role: "listbox", class: "pool-combobox__list" });
  if (label) list.setAttribute("aria-labelledby", label.id);
  list.hidden = true;
  const none = build("div", { class: "pool-combobox__list pool-combobox__none" });
  none.textContent = wrapper.dataset.none ?? "";
  none.hidden = true;
  const status = build("div", { class: "kern-sr-only", role: "status" });
  const wrong = build(
    "div",
    { id: `${id}-unknown`, class: "kern-error" },
    build("span", { class: "kern-icon kern-icon--danger", "aria-hidden": "true" }),
    build("span", { class: "kern-body" }, wrapper.dataset.none ?? ""),
  );
  const note = build("div", { class: "kern-hint pool-combobox__note", role: "status" });
  const toggle = build(
    "button",
    { type: "button", class: "pool-combobox__toggle", tabindex: "-1", "aria-label": wrapper.dataset.open ?? "" },
    build("span", { class: "kern-icon kern-icon--arrow-down", "aria-hidden": "true" }),
  );
  if (input.disabled) toggle.disabled = true;

  let shown = [];
  let active = -1;
  // Typing has marked the first hit, and no arrow key has moved on from there.
  let fresh = false;

  const chosen = () => (select.value === "" ? undefined : entries.find((entry) => entry.option === select.selectedOptions[0]));
  const showChosen = () => {
    input.value = chosen()?.label ?? "";
    note.textContent = chosen()?.note ?? "";
    note.hidden = !note.textContent;
  };

  const close = () => {
    list.hidden = true;
    none.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    fresh = false;
    active = index;
    [...list.children].forEach((item, place) => item.toggleAttribute("data-active", place === index));
    const item = list.children[index];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const open = (words) => {
    shown = entries
      .map((entry) => ({ entry, place: words ? rank(entry.names, words) : 0 }))
      .filter(({ place }) => place >= 0)
      // what comes with a warning stands behind its equals
      .sort((one, other) => one.place - other.place || Boolean(one.entry.note) - Boolean(other.entry.note))
      .map(({ entry }) => entry);
    list.replaceChildren(
      ...shown.map((entry, index) => {
        const alias = words && !fold(entry.label).includes(words) && entry.aliases.find((name) => fold(name).includes(words));
        const item = build(
          "li",
          {
            id: `${id}-option-${index}`,
            role: "option",
            class: "pool-combobox__option",
            "aria-selected": String(entry === chosen()),
          },
          build("span", { dir: "auto" }, entry.label),
        );
        if (alias) item.append(build("span", { class: "pool-combobox__alias", dir: "auto" }, alias));
        if (entry.note) item.append(build("span", { class: "pool-combobox__alias", dir: "auto" }, entry.note));
        return item;
      }),
    );
    list.hidden = shown.length === 0;
    none.hidden = shown.length > 0;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    status.textContent = shown.length ? (wrapper.dataset.count ?? "").replace("{count}", shown.length) : none.textContent;
    mark(words && shown.length ? 0 : shown.indexOf(chosen()));
  };

  const described = input.getAttribute("aria-describedby") ?? "";
  const unflag = () => {
    wrong.remove();
    input.classList.remove("kern-form-input__input--error");
    input.removeAttribute("aria-invalid");
    if (described) input.setAttribute("aria-describedby", described);
    else input.removeAttribute("aria-describedby");
  };
  const flag = () => {
    wrapper.after(wrong);
    input.classList.add("kern-form-input__input--error");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${described} ${wrong.id}`.trim());
    status.textContent = wrapper.dataset.none ?? "";
  };

  const choose = (entry) => {
    const changed = select.value !== entry.option.value;
    entry.option.selected = true;
    showChosen();
    close();
    if (changed) select.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Whoever empties the field, or leaves words in it that are in no list, takes the choice back, where the select offers
  // an empty option. The words stay, so that they can be mended.
  const settle = () => {
    const typed = input.value;
    const words = fold(typed);
    const exact = words && !chosen()?.names.includes(words) && entries.find((entry) => entry.names.includes(words));
    if (exact) return choose(exact);
    const empty = [...select.options].find((option) => option.value === "");
    if (chosen()?.names.includes(words) || !empty) {
      showChosen();
      return close();
    }
    if (select.value !== "") {
      empty.selected = true;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    close();
    input.value = typed;
    if (words) flag();
    else if (wrong.isConnected) unflag();
  };

  input.addEventListener("input", () => {
    open(fold(input.value));
    fresh = active === 0;
  });
  input.addEventListener("click", () => (list.hidden ? open("") : close()));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", settle);
  input.addEventListener("keydown", (event) => {
    const last = shown.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const down = event.key === "ArrowDown";
      if (list.hidden) {
        open("");
        if (active < 0) mark(down ? 0 : shown.length - 1);
      } else if (down) mark(fresh || active >= last ? 0 : active + 1);
      else mark(active <= 0 ? last : active - 1);
    } else if (event.key === "Enter" && !list.hidden && shown[active]) {
      event.preventDefault();
      choose(shown[active]);
    } else if (event.key === "Enter") {
      // the form is sent now, and not with a choice that is no longer in the field
      settle();
    } else if (event.key === "Escape") {
      if (!list.hidden || !none.hidden) event.preventDefault();
      showChosen();
      close();
    }
  });
  // The list must not take the focus, or the input's blur would close it before the click arrives.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) choose(shown[[...list.children].indexOf(item)]);
  });
  toggle.addEventListener("mousedown", (event) => event.preventDefault());
  toggle.addEventListener("click", () => {
    if (document.activeElement !== input) input.focus();
    if (list.hidden) open("");
    else close();
  });
  select.addEventListener("change", () => {
    showChosen();
    if (chosen()) unflag();
  });
  select.form?.addEventListener("reset", () => setTimeout(showChosen));

  select.id = `${id}-select`;
  select.hidden = true;
  // A hidden required select would block the form without a word; the server checks it as well.
  select.required = false;
  wrapper.classList.remove("kern-form-input__select-wrapper");
  wrapper.classList.add("pool-combobox");
  wrapper.append(input, toggle, list, none, status);
  wrapper.after(note);
  showChosen();
};

// What only works with this script, such as the buttons below, waits hidden under [data-pool-recent].
const enhanceAll = (root) => {
  root.querySelectorAll?.("[data-pool-recent][hidden]").forEach((element) => {
    element.hidden = false;
  });
  if (root.matches?.("[data-pool-combobox]")) enhance(root);
  root.querySelectorAll?.("[data-pool-combobox]").forEach(enhance);
};

enhanceAll(document);
document.addEventListener("htmx:after:process", (event) => enhanceAll(event.target));

// "Recently used": a button that names a select and a value fills it in.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pool-choose]");
  const select = button && document.getElementById(`${button.dataset.poolFor}-select`);
  const target = select ?? (button && document.getElementById(button.dataset.poolFor));
  if (!target) return;
  target.value = button.dataset.poolChoose;
  target.dispatchEvent(new Event("change", { bubbles: true }));
});
