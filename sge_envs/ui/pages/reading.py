"""The page of an operation that reads: its result, and a form for what else it could be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from sge_envs.ui.pages.acts import address_of, verb_of
from sge_envs.ui.pages.fields import Field
from sge_envs.ui.pages.forms import PAGING
from sge_envs.ui.pages.render import redirect
from sge_envs.ui.pages.show import Shower
from sge_envs.ui.pages.visit import Visit
from sge_envs.world.operation import Operation


def show_reading(visit: Visit) -> Response:
    """Carry out the operation with the arguments of the query, and show what it gives."""
    query, operation = visit.request.args, visit.operation
    pairs = list(query.items(multi=True))
    bare = MultiDict((name, value) for name, value in pairs if value != "")
    if len(list(bare.items(multi=True))) < len(pairs):  # a filter form sends its empty fields, too
        return redirect(address_of(operation.name, bare.to_dict(flat=False)))
    if any(one.required and one.name not in query for one in operation.parameters):
        return _page(visit, filters=visit.forms.fields(operation, query), lacking=True)
    came = visit.forms.read(operation, visit.forms.fields(operation, MultiDict()), query, whole=False)
    if came.wrong:
        return _page(visit, filters=came.fields, status=400)
    result = visit.house.act(operation.name, came.arguments)
    filters = came.fields if _can_be_filtered(operation) else ()
    if not result.ok:
        return _page(visit, filters=filters, error=result.message, status=404)
    return _page(visit, filters=filters, **_parts(visit, result.value, came.arguments))


def _parts(visit: Visit, value: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    page = visit.pages.page(visit.operation.name)
    if page.shape is not None:
        value = page.shape(value, visit.house.look)
    show = Shower(page, value, arguments, visit)
    parts = {"cells": show.fields(), "tables": show.tables(), "acts": show.acts(page.actions)}
    return {**parts, "pager": _pager(visit, show.pager()), "title": show.title() or _title(visit)}


def _page(visit: Visit, *, filters: Sequence[Field], status: int = 200, **parts: Any) -> Response:
    empty = {
        "lacking": False,
        "error": "",
        "cells": [],
        "tables": [],
        "acts": [],
        "pager": None,
        "title": _title(visit),
    }
    return visit.house.page(
        "read.html",
        status=status,
        filters=[one for one in filters if one.name not in PAGING],
        used=sum(1 for name in visit.request.args if name not in PAGING),
        action=address_of(visit.operation.name, {}),
        here=visit.address,
        **{**empty, **parts},
        **visit.frame(),
    )


def _title(visit: Visit) -> str:
    tab = visit.tab()
    return tab.label if tab else verb_of(visit.pages, re.sub(r"\.(show|list|search)_", ".", visit.operation.name))


def _can_be_filtered(operation: Operation) -> bool:
    names = [one.name for one in operation.parameters if one.name not in PAGING]
    return any(not name.endswith("_id") for name in names) or len(names) > 1


def _pager(visit: Visit, found: tuple[int, int, int] | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    total, page, pages = found
    query = visit.request.args.to_dict(flat=False)

    def at(number: int) -> str | None:
        return address_of(visit.operation.name, {**query, "page": number}) if 1 <= number <= pages else None

    return {"total": total, "page": page, "pages": pages, "previous": at(page - 1), "next": at(page + 1)}
