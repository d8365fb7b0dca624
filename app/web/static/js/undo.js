// Counts down inside [data-pool-countdown="10"] and hides it when its time is over. Screen readers hear the beginning and
// the end, not every second. The server decides whether an undo still counts; this only shows it.

const start = (box) => {
  if (box.dataset.poolReady) return;
  box.dataset.poolReady = "true";
  const shown = box.querySelector("[data-pool-countdown-seconds]");
  const unit = box.querySelector("[data-pool-countdown-unit]");
  const ends = performance.now() + Number(box.dataset.poolCountdown) * 1000;
  shown?.setAttribute("aria-hidden", "true");

  const status = document.createElement("div");
  status.className = "kern-sr-only";
  status.setAttribute("role", "status");
  box.after(status);
  // Filled a moment later, for a live region speaks only of what changes in it.
  setTimeout(() => {
    status.textContent = box.dataset.poolCountdownStart ?? "";
  }, 100);

  const finish = () => {
    const focused = box.contains(document.activeElement);
    box.hidden = true;
    status.textContent = box.dataset.poolCountdownEnd ?? "";
    if (focused) document.getElementById("content")?.focus({ preventScroll: true });
  };

  const tick = () => {
    if (!box.isConnected) return status.remove();
    const left = Math.ceil((ends - performance.now()) / 1000);
    if (left <= 0) return finish();
    if (shown) shown.textContent = String(left);
    if (unit && left === 1) unit.textContent = unit.dataset.one;
    setTimeout(tick, 250);
  };
  tick();
};

const startAll = (root) => {
  if (root.matches?.("[data-pool-countdown]")) start(root);
  root.querySelectorAll?.("[data-pool-countdown]").forEach(start);
};

startAll(document);
document.addEventListener("htmx:after:process", (event) => startAll(event.target));
