"""The shapes of answers, for the OpenAPI document: Chinese titles, examples. Answers are written without them; tests hold them to it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


def _example(**values: Any) -> ConfigDict:  # Any: JSON values
    return ConfigDict(json_schema_extra={"examples": [values]}, extra="forbid")


class Problem(BaseModel):
    """RFC 9457 的错误说明；不含数据值、SQL 或堆栈。"""

    model_config = _example(
        type="about:blank", status=403, title="协议 library_staff 未授权字段：salary。可用字段：staff_no, name", code="api.column_denied"
    )
    type: str = Field(title="类型")
    status: int = Field(title="状态码")
    title: str = Field(title="说明（默认中文，Accept-Language: en 时为英文）")
    code: str = Field(title="错误代码")


class Rows(BaseModel):
    """一页数据行。"""

    model_config = _example(rows=[{"staff_no": "20210001", "name": "王*"}], next=None, since="AbC…", count=1)
    rows: list[dict[str, Any]] = Field(title="数据行")
    next: str | None = Field(title="下一页的 after；空表示已到末页")
    since: str | None = Field(title="此后取增量的 since；协议未授权主键时为空")
    count: int | None = Field(default=None, title="符合条件的总行数（count=true 时）")


class Change(BaseModel):
    """一行的变化。"""

    model_config = _example(op="update", key={"staff_no": "20210001"}, row={"staff_no": "20210001", "name": "王*"})
    op: Literal["insert", "update", "delete"] = Field(title="操作：新增、修改、删除")
    key: dict[str, Any] = Field(title="主键")
    row: dict[str, Any] | None = Field(title="现在的内容；删除时为空")


class Changes(BaseModel):
    """一批变化。"""

    model_config = _example(changes=[{"op": "delete", "key": {"staff_no": "20210001"}, "row": None}], since="AbC…", more=False)
    changes: list[Change] = Field(title="变化")
    since: str = Field(title="下一次的 since")
    more: bool = Field(title="是否还有")


class Listed(BaseModel):
    """一个可用的数据集。"""

    model_config = _example(name="staff", title="教职工基本信息", agreement="library_staff", until="2027-08-31")
    name: str = Field(title="名称")
    title: str = Field(title="标题")
    agreement: str = Field(title="协议")
    until: str = Field(title="有效期至")


class Datasets(BaseModel):
    """可用的数据集。"""

    datasets: list[Listed] = Field(title="数据集")


class FieldShape(BaseModel):
    """一个已授权的字段。"""

    model_config = _example(name="name", title="姓名", type="string(64)", sensitivity="personal", mask="surname")
    name: str = Field(title="名称")
    title: str = Field(title="标题")
    type: str = Field(title="类型")
    sensitivity: str = Field(title="敏感级别")
    mask: str | None = Field(title="脱敏方式")


class LastRun(BaseModel):
    """最近一次同步。"""

    run: str = Field(title="运行编号", examples=["R20261105-3"])
    status: str = Field(title="结果", examples=["proved"])
    finished_at: str | None = Field(title="完成时间")


class Dataset(BaseModel):
    """数据集说明：已授权字段、新鲜度、最近一次同步。"""

    name: str = Field(title="名称", examples=["staff"])
    title: str = Field(title="标题", examples=["教职工基本信息"])
    owner: str = Field(title="数据主管部门", examples=["人事处"])
    agreement: str = Field(title="协议")
    purpose: str = Field(title="用途")
    until: str = Field(title="有效期至")
    key: list[str] = Field(title="主键")
    fields: list[FieldShape] = Field(title="字段")
    fresh: str | None = Field(title="数据所反映的时刻")
    last_run: LastRun | None = Field(title="最近一次同步")


class Run(BaseModel):
    """一次同步。"""

    run: str = Field(title="运行编号")
    dataset: str = Field(title="数据集")
    status: str = Field(title="结果")
    finished_at: str | None = Field(title="完成时间")


class Runs(BaseModel):
    """最近的同步。"""

    runs: list[Run] = Field(title="同步")


class Receipt(BaseModel):
    """同步凭据：读写行数、两端摘要、结果；不含数据值。"""

    model_config = ConfigDict(extra="allow")
    run: str = Field(title="运行编号")
    status: str = Field(title="结果")


class Complaint(BaseModel):
    """就一行数据提出的更正。"""

    model_config = _example(key={"staff_no": "20210001"}, field="dept_code", note="该教师已于 9 月调入图书馆")
    key: dict[str, Annotated[str, Field(max_length=500)] | int] = Field(title="主键，须完整", min_length=1, max_length=20)
    field: str | None = Field(default=None, title="字段；不写表示整行", max_length=63)
    note: str = Field(title="理由", min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f]+$")


class Correction(BaseModel):
    """一件更正；不含主键和理由。"""

    model_config = _example(
        correction=12, state="closed", fields=["dept_code"], opened_at="2026-11-05T00:00:00+00:00",
        closed_at="2026-11-06T18:30:00+00:00", run="R20261107-3",
    )  # fmt: skip
    correction: int = Field(title="编号")
    state: Literal["open", "closed"] = Field(title="状态：办理中、已办结")
    fields: list[str] = Field(title="所涉字段")
    opened_at: str = Field(title="提出时间")
    closed_at: str | None = Field(title="办结时间")
    run: str | None = Field(title="发布更正内容的运行编号；由人工办结时为空")


class Corrections(BaseModel):
    """调用方提出的更正。"""

    corrections: list[Correction] = Field(title="更正")


class Ready(BaseModel):
    """能否服务。"""

    ready: bool = Field(title="就绪")
    store: bool = Field(title="中枢存储")
    platform: bool = Field(title="统一数据平台")


PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
TOLD = {
    401: "密钥缺失、未知、错误、过期或已撤销（答复相同）",
    403: "协议不允许，说明中列出可用字段；或来源地址不在允许范围内",
    404: "没有这个数据集，或没有相应的协议",
    414: "请求地址过长",
    422: "参数不正确",
    429: "超过频率、行数配额，或密钥错误次数过多；Retry-After 为需等待的秒数",
    500: "内部错误，已记录",
    503: "平台、存储或访问日志暂不可用，未提供数据",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"description": text, "content": PROBLEM} for status, text in TOLD.items()}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "自 If-None-Match 以来没有新的发布"}}
GONE: dict[int | str, dict[str, Any]] = {
    410: {"description": "变化已超出保留期，或条件、数据表已变，请重新取全量（Link）", "content": PROBLEM}
}
LONG: dict[int | str, dict[str, Any]] = {413: {"description": "请求体过长", "content": PROBLEM}}
