"""The texts of episodes in pages of about a megabyte: inside the one file, or as scripts in a folder beside it.

Scripts, since a browser lets a page that was opened from a disk read nothing else from that disk.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sge_agent.jsonlines import write_text_atomically
from sge_agent.report.embed import safe_json
from sge_agent.report.episodes import body_of

PAGE_CHARS = 1_000_000
_OURS = re.compile(r"\d+-\d+\.js")


class Pages:
    """Collects pages while episodes are read, in memory up to ``most_in_one_file`` episodes, on the disk beyond.

    A context manager: a report that is not finished leaves no files behind.
    """

    def __init__(self, out: Path, *, most_in_one_file: int) -> None:
        self.out = out
        self.folder = out.with_name(f"{out.stem}_data")
        self.starts: list[list[int]] = []
        """``starts[run][page]`` is the number of the first episode of a page."""
        self._most = most_in_one_file
        self._count = 0
        self._in_memory: dict[str, str] = {}
        self._temporary: Path | None = None

    @property
    def inline(self) -> Mapping[str, str]:
        """The pages by name where they go into the one file."""
        return {} if self._temporary else self._in_memory

    @property
    def folder_name(self) -> str:
        """Where the scripts are, "" where there are none."""
        return self.folder.name if self._temporary else ""

    def add_run(self, run: int, rows: Iterable[Mapping[str, Any]]) -> None:
        starts: list[int] = []
        waiting: list[str] = []
        size = number = 0
        for row in rows:
            text = safe_json(body_of(row))
            if waiting and size + len(text) > PAGE_CHARS:
                starts.append(number - len(waiting))
                self._add(run, len(starts) - 1, waiting)
                waiting, size = [], 0
            waiting.append(text)
            size += len(text)
            number += 1
            self._count += 1
        if waiting:
            starts.append(number - len(waiting))
            self._add(run, len(starts) - 1, waiting)
        self.starts.append(starts)
        if self._count > self._most:
            self._to_disk()

    def finish(self, html: str) -> None:
        """Put everything in its place; what an earlier report left there goes."""
        if self.folder.is_dir():
            foreign = [path.name for path in self.folder.iterdir() if not _OURS.fullmatch(path.name)]
            if foreign:
                raise ValueError(f"{self.folder} holds files that are no report ({foreign[0]}): choose another --out")
            shutil.rmtree(self.folder)
        if self._temporary:
            self._temporary.chmod(0o755)
            self._temporary.rename(self.folder)
            self._temporary = None
        write_text_atomically(self.out, html)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _add(self, run: int, page: int, episodes: list[str]) -> None:
        name, text = f"{run}-{page}", f"[{','.join(episodes)}]"
        if self._count > self._most and not self._temporary:
            self._to_disk()
        if self._temporary:
            self._write(name, text)
        else:
            self._in_memory[name] = text

    def _to_disk(self) -> None:
        if self._temporary:
            return
        self._temporary = Path(tempfile.mkdtemp(dir=self.out.parent, prefix=f".{self.out.name}."))
        for name, text in self._in_memory.items():
            self._write(name, text)
        self._in_memory = {}

    def _write(self, name: str, text: str) -> None:
        assert self._temporary
        (self._temporary / f"{name}.js").write_text(f'sgePage("{name}",{text});\n', encoding="ascii")
