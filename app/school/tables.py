"""The tables of the source systems as their makers left them: pinyin initials in personnel, short English in the hall."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, SmallInteger, String, Table
from sqlalchemy.dialects.sqlite import DATETIME

MOMENT = DateTime().with_variant(DATETIME(truncate_microseconds=True), "sqlite")  # type: ignore[no-untyped-call]  # SQLAlchemy's own
TABLES: dict[str, MetaData] = {name: MetaData() for name in ("hr", "academic", "finance", "hall", "logistics")}


def _table(system: str, name: str, *columns: Column[object]) -> Table:
    return Table(name, TABLES[system], *columns, mysql_charset="utf8mb4", mysql_engine="InnoDB")


def _text(name: str, length: int, *, key: bool = False) -> Column[object]:
    return Column(name, String(length), primary_key=key)


def _times(*names: str) -> list[Column[object]]:
    return [Column(name, MOMENT) for name in names]


def _days(*names: str) -> list[Column[object]]:
    return [Column(name, Date) for name in names]


def _numbers(*names: str) -> list[Column[object]]:
    return [Column(name, Integer) for name in names]


def _money(name: str, digits: int = 12, scale: int = 2) -> Column[object]:
    return Column(name, Numeric(digits, scale))


_table(
    "hr", "t_dw", _text("DWH", 20, key=True), _text("DWDM", 20), _text("DWMC", 100), _text("DWLB", 10), _text("TLZ", 20),
    _text("LSDWH", 20), *_days("JLRQ", "CXRQ"), _text("QXDWH", 20), *_numbers("PXH"),
)  # fmt: skip
_table(
    "hr", "t_jzg", _text("GH", 20, key=True), _text("XM", 64), _text("XB", 10), _text("SZDW", 20), _text("DQZT", 10), *_days("CSRQ"),
    _money("GZ"), *_times("updated_at"),
)  # fmt: skip
_table(
    "academic", "t_xq", _text("XNXQDM", 11, key=True), _text("XNXQMC", 40), *_days("KSRQ", "JSRQ", "SKRQ", "KSJSRQ", "FJRQ"),
)  # fmt: skip
_table(
    "academic", "t_xs", _text("XH", 20, key=True), _text("XM", 64), _text("XBDM", 2), _text("YXDM", 20), _text("ZYMC", 64),
    Column("NJ", SmallInteger), _text("XJZT", 10), *_days("RXRQ"),
)  # fmt: skip
_table(  # without a primary key, as such tables are: two classes were entered twice
    "academic", "t_jxb", _text("JXBH", 24), _text("XNXQDM", 11), _text("KCMC", 80), _text("KKDW", 20), _text("RKJSH", 20),
    *_numbers("RS"), _money("ZXS", 4, 1),
)  # fmt: skip
_table(
    "finance", "cw_xm", _text("XMBH", 20, key=True), _text("XMMC", 200), _text("BMBH", 20), _text("FZRGH", 20), _money("YSJE", 14),
    _money("ZCJE", 14), _text("XMZT", 10), *_times("GXSJ"),
)  # fmt: skip
_table(
    "logistics", "wx_gd", _text("DTBH", 24, key=True), _text("ZT", 10), _text("BZ", 20), *_times("PGSJ", "WGSJ"), _money("CLF", 10),
    *_times("GXSJ"),
)  # fmt: skip
_table(
    "hall", "hall_user", _text("uid", 32, key=True), _text("account", 20), _text("kind", 8), _text("unit_id", 20), _text("state", 8),
    *_times("state_time"),
)  # fmt: skip
_table(
    "hall", "hall_item", _text("id", 20, key=True), _text("code", 32), _text("name", 120), _text("kind", 8), _text("category", 8),
    _text("owner_unit", 20), _text("coop_units", 120), _text("audience", 16), _text("secret_state", 8), *_days("secret_date"),
    _text("handle_mode", 16), _text("outer_system", 64), _text("case_type", 8), *_numbers("promise"), _text("promise_unit", 8),
    *_numbers("statutory", "offline_visits"), _text("consult_way", 64), _text("complain_way", 64), _text("plan_id", 20),
    _text("state", 16), *_days("online_at", "offline_at"), *_numbers("version"), *_days("guide_date"), _text("months", 32),
)  # fmt: skip
_table(
    "hall", "hall_item_request", _text("id", 20, key=True), _text("item_id", 20), _text("kind", 8), _text("unit_id", 20),
    *_times("applied_at", "tech_confirmed_at", "lead_reviewed_at"), _text("office_decision", 8),
    *_times("office_decided_at", "executed_at"), *_numbers("retained_rows"),
)  # fmt: skip
_table(
    "hall", "hall_case", _text("id", 24, key=True), _text("serial_no", 32), _text("item_id", 20), *_numbers("item_ver"),
    _text("uid", 32), _text("user_kind", 8), _text("channel", 8), *_times("submit_time", "pre_time", "accept_time"),
    _text("accept_result", 8), *_times("deadline"), Column("deadline_open", Boolean), *_times("finish_time"), _text("finish_code", 2),
    _text("state", 8), *_numbers("back_times", "transfer_times", "redo_times", "pause_days"), Column("test_flag", Boolean),
    _text("origin", 32), *_times("update_time"),
)  # fmt: skip
_table(
    "hall", "hall_task", _text("id", 28, key=True), _text("case_id", 24), *_numbers("seq"), _text("node", 32), _text("action", 8),
    _text("handler", 32), _text("handler_unit", 20), *_times("arrive_time", "open_time", "act_time", "deadline"), _text("result", 8),
    *_times("update_time"),
)  # fmt: skip
_table(
    "hall", "hall_pause", _text("case_id", 24), _text("kind", 8), *_times("start_time", "end_time"), _text("reason", 8),
)  # fmt: skip
_table(
    "hall", "hall_rating", _text("id", 28, key=True), _text("case_id", 24), Column("stars", SmallInteger), Column("auto_flag", Boolean),
    Column("anonymous", Boolean), _text("tags", 64), *_times("rate_time"), _text("channel", 8), _text("text_hash", 32),
)  # fmt: skip
for _name in ("hall_consult", "hall_complaint"):
    _table(
        "hall", _name, _text("id", 20, key=True), _text("item_id", 20), _text("unit_id", 20),
        *_times("received_at", "due_at", "answered_at", "closed_at"), _text("verdict", 8),
    )  # fmt: skip
_table(
    "hall", "hall_login", Column("id", Integer, primary_key=True, autoincrement=False), *_times("login_time"), _text("uid", 32),
    _text("result", 8), _text("auth", 8), _text("ip_net", 24), _text("geo_code", 6), _text("device", 32), _text("client", 8),
)  # fmt: skip
_table(
    "hall", "hall_form_leave", _text("case_id", 24, key=True), _text("leave_type", 8), *_days("leave_from", "leave_to"),
    _money("days", 4, 1),
)  # fmt: skip
_table(
    "hall", "hall_form_repair", _text("case_id", 24, key=True), _text("fault_type", 16), _text("building", 32), _text("room", 16),
    _text("urgency", 8),
)  # fmt: skip
_table(
    "hall", "hall_account", _text("account_id", 32, key=True), _text("person", 32), _text("kind", 8), _text("auth", 8), _text("state", 8),
    *_times("created_at", "disabled_at", "last_login"), _text("pwd_grade", 4), *_times("pwd_changed"), Column("mfa", Boolean),
)  # fmt: skip
_table(
    "hall", "hall_grant", _text("id", 20, key=True), _text("account_id", 32), _text("role", 16), _text("unit_id", 20),
    *_times("granted_at", "revoked_at"), _text("filing_id", 20),
)  # fmt: skip
_table(
    "hall", "hall_filing", _text("id", 20, key=True), _text("unit_id", 20), _text("person", 32), _text("role", 16), *_times("filed_at"),
    *_days("valid_to"),
)  # fmt: skip
_table(
    "hall", "hall_move", _text("id", 20, key=True), _text("uid", 32), _text("unit_id", 20), _text("kind", 8),
    *_times("effective_at", "reported_at"),
)  # fmt: skip
_table(
    "hall", "hall_node", _text("id", 24, key=True), _text("item_id", 20), *_numbers("seq"), _text("name", 32),
)  # fmt: skip
_table(
    "hall", "hall_node_user", _text("id", 28, key=True), _text("item_id", 20), *_numbers("seq"), _text("uid", 32), *_days("valid_to"),
)  # fmt: skip
_table(
    "hall", "hall_item_change", _text("id", 28, key=True), _text("item_id", 20), *_numbers("version"), _text("fields", 120),
    *_times("approved_at", "effective_at"),
)  # fmt: skip
_table(
    "hall", "hall_export", _text("id", 20, key=True), _text("unit_id", 20), *_times("exported_at"), *_numbers("row_count"),
    _text("approval", 32),
)  # fmt: skip
_table(
    "hall", "hall_rectify", _text("rating_id", 28, key=True), *_times("due_at"), _text("result", 8), *_times("rectified_at", "called_at"),
)  # fmt: skip
