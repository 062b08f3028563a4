"""The page of an operation that writes: its form, and what happens when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.acts import is_grave
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.fields import Field
from sge_envs.ui.pages.forms import Forms
from sge_envs.ui.pages.render import redirect
from sge_envs.ui.pages.visit import House, Visit
from sge_envs.ui.pages.words import label_of, sentence, value_text


def show_form(visit: Visit, fields: Sequence[Field] = (), *, error: str = "", status: int = 200) -> Response:
    """The form; ``fields`` are those that were sent and came back with an error."""
    home = f"/{visit.pages.app}"
    back = visit.request.form.get("back") or _path_of(visit.request.referrer) or home
    return visit.house.page(
        "form.html",
        status=status,
        title=visit.verb,
        summary=visit.operation.summary,
        fields=fields or visit.forms.fields(visit.operation, visit.request.args),
        action=visit.address,
        upload=visit.pages.form(visit.operation.name).upload,
        back=back if _is_path(back) else home,
        sure=is_grave(visit.operation.name),
        error=error,
        **visit.frame(),
    )


def send_form(visit: Visit) -> Response:
    """Carry out what a form or a button sent, and go back to where it stood."""
    operation, form = visit.operation, visit.request.form
    shown = visit.forms.fields(operation, visit.request.args)
    came = visit.forms.read(operation, shown, _values(visit), whole="form" in form)
    if came.wrong:
        return show_form(visit, came.fields, error="Please look at the fields that are marked.", status=400)
    result = visit.house.act(operation.name, came.arguments)
    if not result.ok:
        said = sentence(result.message.removeprefix(f"{operation.name}: "))
        return show_form(visit, came.fields, error=said, status=409)
    visit.house.say(_outcome(visit, result.value))
    then = visit.pages.form(operation.name).then
    led = visit.resolve(then, [_record(result.value), came.arguments]) if then else None
    back = led.address if led else form.get("back", "")
    there = _is_path(back) and _is_there(visit.house, back)
    return redirect(back if there else f"/{visit.pages.app}")


def _values(visit: Visit) -> MultiDict[str, str]:
    """What came, with the text of an uploaded file in its place."""
    values: MultiDict[str, str] = MultiDict(visit.request.form)
    upload = visit.pages.form(visit.operation.name).upload
    file = visit.request.files.get("upload")
    if upload is not None and file is not None and file.filename:
        content, name = upload
        values[content] = file.read().decode("utf-8", errors="replace")
        if not values.get(name):
            values[name] = file.filename
    return values


def _outcome(visit: Visit, value: Any) -> str:
    if isinstance(value, str):
        return value
    facts = [
        f"{label_of(key, visit.pages.labels)}: {value_text(one, money=key in visit.pages.money)}"
        for key, one in _record(value).items()
        if not isinstance(one, list | Mapping)
    ]
    return f"{visit.verb}: done. {', '.join(facts)}".strip()


def _record(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_there(house: House, path: str) -> bool:
    """Whether the page that one came from can still be shown: what it is about may be gone."""
    parts = urlsplit(path)
    operation = all_operations().get(parts.path.strip("/").replace("/", ".", 1))
    if operation is None or operation.writes:
        return operation is None
    query = Request({"QUERY_STRING": parts.query}).args
    forms = Forms(all_pages()[operation.app], house.look)
    came = forms.read(operation, forms.fields(operation, MultiDict()), query, whole=False)
    return came.wrong or house.look(operation.name, came.arguments).ok


def _path_of(address: str | None) -> str:
    parts = urlsplit(address or "")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _is_path(text: str) -> bool:
    return text.startswith("/") and not text.startswith("//") and "\\" not in text
