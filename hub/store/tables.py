"""The store's tables, as SQLAlchemy Core. Instants are UTC text in ISO form, so that SQLite and PostgreSQL order them alike."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, Numeric, String, Table, Text

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("flow", String(63), nullable=False, index=True),
    Column("state", String(16), nullable=False),  # extracted | judged | held | done
    Column("status", String(32)),  # see hub.receipt.Status
    Column("started_at", String(32), nullable=False, index=True),
    Column("finished_at", String(32)),
    Column("fence", BigInteger, nullable=False),
    Column("started_by", String(128), nullable=False),
    Column("flow_hash", String(64), nullable=False),
    Column("campus_hash", String(64), nullable=False),
    Column("stage", JSON),  # what publish needs to know of the staged batch
    Column("verdict", JSON),
    Column("held", JSON),  # which brake, what it saw
    Column("receipt", JSON),
)

leases = Table(
    "leases",
    metadata,
    Column("flow", String(63), primary_key=True),
    Column("run", String(32)),
    Column("holder", String(200)),
    Column("fence", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),  # a step is working now; else the run waits for its next step
    Column("beat_at", Numeric(20, 6), nullable=False),  # real seconds since 1970
)

approvals = Table(
    "approvals",
    metadata,
    Column("run", String(32), ForeignKey("runs.run"), primary_key=True),
    Column("decision", String(8), nullable=False),  # approve | refuse
    Column("decided_by", String(128), nullable=False),
    Column("decided_at", String(32), nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("flow", String(63), primary_key=True),
    Column("until", String(32)),
    Column("reason", Text, nullable=False),
    Column("paused_by", String(128), nullable=False),
    Column("paused_at", String(32), nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("flow", String(63), primary_key=True),
    Column("run", String(32), nullable=False),  # the oldest batch that the receiver has not fetched
    Column("since", String(32), nullable=False),  # when it was complete, the school's wall time
    Column("batches", Integer, nullable=False),
    Column("read_at", String(32), nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("notice", String(160), primary_key=True),  # what was told: ending:library_staff:2027-08-31:7
    Column("address", String(128), primary_key=True),
    Column("told_at", String(32), nullable=False),
)

salt = Table(
    "salt",
    metadata,
    Column("id", Integer, primary_key=True),  # 1
    Column("value", String(64), nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("prefix", String(16), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("consumer", String(63), nullable=False, index=True),
    Column("issued_at", String(32), nullable=False),
    Column("issued_by", String(128), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("revoked_at", String(32)),
    Column("last_used_at", String(32)),
)

access = Table(
    "access",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", String(128), nullable=False),  # a consumer or a person
    Column("agreement", String(63)),
    Column("channel", String(16), nullable=False),
    Column("dataset", String(63)),
    Column("columns", JSON, nullable=False),
    Column("conditions", JSON, nullable=False),  # fields and operators; values never
    Column("rows", Integer),
    Column("outcome", String(64), nullable=False),
    Column("request", String(64), nullable=False),
    Column("address", String(64)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("bytes", BigInteger),  # of the answer's body, before compression
    Column("approval", String(128)),  # the document under which it was granted
    Index("ix_access_dataset_at", "dataset", "at"),
)

access_head = Table(
    "access_head",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),  # always 1: writers take turns at this row
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

access_anchors = Table(
    "access_anchors",
    metadata,
    Column("day", String(10), primary_key=True),  # a day of the school that is over
    Column("seq", Integer, nullable=False),  # its last line
    Column("hash", String(64), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("pruned_at", String(32)),
)

issues = Table(
    "issues",
    metadata,
    Column("issue", String(64), primary_key=True),  # operation-2026-10
    Column("edition", String(63), nullable=False),
    Column("period", String(16), nullable=False),
    Column("draft", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("cut_off", String(32), nullable=False),
    Column("built_at", String(32), nullable=False),
    Column("snapshot", String(64), nullable=False),  # SHA-256 of the snapshot's manifest
    Column("folder", Text, nullable=False),
)

figures = Table(
    "figures",
    metadata,
    Column("issue", String(64), ForeignKey("issues.issue"), primary_key=True),
    Column("indicator", String(32), primary_key=True),
    Column("unit", String(63), primary_key=True, default=""),  # '' is the whole school
    Column("numerator", Numeric(20, 6)),
    Column("denominator", Numeric(20, 6)),
    Column("value", Numeric(20, 6)),
)

drafts = Table(
    "drafts",
    metadata,
    Column("issue", String(64), primary_key=True),
    Column("draft", Integer, primary_key=True),
    Column("snapshot", String(64), nullable=False),
    Column("folder", Text, nullable=False),
    Column("built_at", String(32), nullable=False),
    Column("built_by", String(128), nullable=False),
)

release_acts = Table(
    "release_acts",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("issue", String(64), nullable=False, index=True),
    Column("draft", Integer, nullable=False),
    Column("act", String(16), nullable=False),  # see reports.release.states
    Column("state", String(16), nullable=False),  # the issue's state after it
    Column("done_by", String(128), nullable=False),
    Column("done_at", String(32), nullable=False),
    Column("reason", Text),
    Column("details", JSON, nullable=False),
)

objections = Table(
    "objections",
    metadata,
    Column("objection", Integer, primary_key=True),
    Column("issue", String(64), nullable=False, index=True),
    Column("draft", Integer, nullable=False),
    Column("unit", String(63), nullable=False),
    Column("app_id", String(64), nullable=False),
    Column("step_no", Integer),  # none: the case as a whole
    Column("reason", Text, nullable=False),  # as the department wrote it
    Column("read_by", String(128), nullable=False),
    Column("read_at", String(32), nullable=False),
    Column("decision", String(16)),  # excluded | mended | refused
    Column("decided_by", String(128)),
    Column("decided_at", String(32)),
    Column("decision_reason", Text),
)

guests = Table(
    "guests",
    metadata,
    Column("flow", String(63), primary_key=True),
    Column("memory", JSON, nullable=False),  # the rows of the hub's own tables that a receiver without schema for them cannot keep
    Column("at", String(32), nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("correction", Integer, primary_key=True),
    Column("origin", String(16), nullable=False),  # finding | complaint
    Column("dataset", String(63), nullable=False, index=True),
    Column("flow", String(63), nullable=False, index=True),  # that refused the row, or that publishes it
    Column("rule", Text, nullable=False),  # as quarantine names it; reported of a complaint
    Column("fields", JSON, nullable=False),  # what it is about
    Column("owner", String(128), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("opened_run", String(32)),
    Column("consumer", String(63)),  # who complained
    Column("agreement", String(63)),
    # of an open one alone: they tell a person's row
    Column("same", String(64), unique=True),  # what is the same row and rule
    Column("key_line", Text),  # of a complaint; a finding's key lies in quarantine
    Column("note", Text),
    Column("content", String(64)),  # fingerprint of what the row said
    Column("closed_at", String(32)),
    Column("closed_run", String(32)),
    Column("closed_by", String(128)),
    Column("closed_reason", Text),
)
