"""What messages are about as columns, e-mails that told of alerts, one installation, and codes that name mail's faults.

SQLite copies the two tables that get a reference: neither has triggers, and nothing refers to `message` yet.
"""

import re
import secrets

import sqlalchemy as sa
from alembic import op

revision = "5b0e7f3a91d4"
down_revision = "5e0d6c81f7a4"
branch_labels = None
depends_on = None

# how the assignment stood in the key: sms:changed:assignment:17:2, or mail:requester:5:handed_back:17:2
ABOUT = re.compile(r":assignment:(\d+):|:handed_back:(\d+):")
# mail servers' replies, by what they were taken to mean
REPLIES = {
    "mail_recipient": ("550", "551", "552", "553"),
    "mail_later": ("421", "450", "451", "452"),
    "mail_auth": ("530", "535"),
    "mail_refused": ("554",),
}

message = sa.table(
    "message",
    sa.column("id", sa.Integer),
    sa.column("dedupe_key", sa.String),
    sa.column("assignment_id", sa.Integer),
    sa.column("instead_of_id", sa.Integer),
    sa.column("channel", sa.String),
    sa.column("error_code", sa.String),
)
assignment = sa.table("assignment", sa.column("id", sa.Integer))
installation = sa.table("installation", sa.column("id", sa.Integer), sa.column("key", sa.String))


def upgrade() -> None:
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("assignment_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("sender_name", sa.String(length=120), nullable=False, server_default=""))
        named = op.f("fk_message_assignment_id")
        table.create_foreign_key(named, "assignment", ["assignment_id"], ["id"], ondelete="CASCADE")
        table.create_index(op.f("ix_message_assignment_id"), ["assignment_id"])
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("message_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_alert_message_id"), "message", ["message_id"], ["id"], ondelete="SET NULL")
    say_which_assignment(op.get_bind())
    for word, replies in REPLIES.items():
        by_mail = sa.and_(message.c.channel == "email", message.c.error_code.in_(replies))
        op.execute(message.update().where(by_mail).values(error_code=sa.literal(f"{word}:") + message.c.error_code))
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("invite_host", sa.String(length=253), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.execute(installation.insert().values(id=1, key=secrets.token_hex(8)))


def say_which_assignment(connection: sa.Connection) -> None:
    """Read it from the key one last time; what took the place of a failed message is about the same."""
    there = set(connection.scalars(sa.select(assignment.c.id)))
    known: dict[int, int] = {}
    rows = sa.select(message.c.id, message.c.dedupe_key, message.c.instead_of_id).order_by(message.c.id)
    for row in connection.execute(rows):
        found = ABOUT.search(row.dedupe_key)
        about = int(found[1] or found[2]) if found else known.get(row.instead_of_id)
        if about in there:
            known[row.id] = about
    if known:
        by_id = message.update().where(message.c.id == sa.bindparam("row")).values(assignment_id=sa.bindparam("about"))
        connection.execute(by_id, [{"row": row, "about": about} for row, about in known.items()])


def downgrade() -> None:
    op.drop_table("installation")
    for word in REPLIES:
        shorter = sa.func.replace(message.c.error_code, f"{word}:", "")
        op.execute(message.update().where(message.c.error_code.like(f"{word}:%")).values(error_code=shorter))
    with op.batch_alter_table("alert") as table:
        table.drop_constraint(op.f("fk_alert_message_id"), type_="foreignkey")
        table.drop_column("message_id")
    with op.batch_alter_table("message") as table:
        table.drop_index(op.f("ix_message_assignment_id"))
        table.drop_constraint(op.f("fk_message_assignment_id"), type_="foreignkey")
        table.drop_column("sender_name")
        table.drop_column("assignment_id")
