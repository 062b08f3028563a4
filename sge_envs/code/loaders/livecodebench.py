"""LiveCodeBench's format. Its private tests may be a pickled text: that text is read without ever unpickling."""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
import zlib
from typing import Any

from sge_envs.code.compare import Exact, Tolerance
from sge_envs.code.loaders.contests import (
    CASE_SECONDS,
    DIFFICULTIES,
    IMPORTS,
    SUBMISSION_SECONDS,
    entry_of,
    statement_of,
)
from sge_envs.code.loaders.rows import Format, Label, Row
from sge_envs.code.problem import Case, Problem

_TEXT = frozenset(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"))
_NOTHING = frozenset(("PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"))
_LARGEST = 2**30  # bytes of tests, unpacked


def label(row: Row) -> Label:
    return Label(f"LiveCodeBench/{row['question_id']}", DIFFICULTIES[row["difficulty"]])


def problem(row: Row) -> Problem:
    public, private = json.loads(row["public_test_cases"]), read_private(row["private_test_cases"])
    name = json.loads(row["metadata"] or "{}").get("func_name")
    starter = row["starter_code"]
    read = _read_call if name else _read_program
    return Problem(
        id=label(row).id,
        title=row["question_title"],
        statement=statement_of(f"# {row['question_title']}\n\n{row['question_content']}", starter, program=not name),
        kind="function" if name else "stdin",
        entry=entry_of(name, starter) if name else "",
        difficulty=DIFFICULTIES[row["difficulty"]],
        topics=(),
        reference="",
        cases=tuple(read(test) for test in (*public, *private)),
        setup=IMPORTS if name else "",
        comparison=Exact() if name else Tolerance(rel=0.0, abs=0.0),
        time_limit=CASE_SECONDS,
        time_budget=SUBMISSION_SECONDS,
    )


def read_private(text: str) -> list[Any]:
    """The private tests: JSON, or base64 of zlib of a pickle that holds JSON and nothing else.

    Raises:
        ValueError: it is neither. A pickle of anything but one text is refused.
    """
    try:
        return list(json.loads(text))
    except json.JSONDecodeError:
        pass
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(text, validate=True), _LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"private_test_cases is neither JSON nor packed as LiveCodeBench does it ({error})") from error
    if not unpacker.eof:
        raise ValueError("private_test_cases is cut off, or larger than any tests are")
    return list(json.loads(read_pickled_text(data)))


def read_pickled_text(data: bytes) -> str:
    """The text that a pickle consists of: its instructions are looked at and not carried out.

    Raises:
        ValueError: it holds an instruction that one text does not need.
    """
    texts = []
    for instruction, argument, _ in pickletools.genops(data):
        if instruction.name in _TEXT:
            texts.append(argument)
        elif instruction.name not in _NOTHING:
            raise ValueError(
                f"the pickle has the instruction {instruction.name}, and only one text is read from pickles"
            )
    if len(texts) != 1:
        raise ValueError(f"the pickle has {len(texts)} texts, expected one")
    return str(texts[0])


def _read_call(test: dict[str, str]) -> Case:
    return Case(tuple(json.loads(line) for line in test["input"].split("\n")), json.loads(test["output"]))


def _read_program(test: dict[str, str]) -> Case:
    return Case((test["input"],), test["output"])


LIVECODEBENCH = Format("livecodebench", label, problem)
