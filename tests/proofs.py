# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Which tests prove which requirement: read from their docstrings, told in README.md.

Run as a script (``make fmt`` does), it writes the table of README.md anew.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "tests/README.md"
PREFIXES = {
    ROOT / "revisit_management/tests": "",
    ROOT / "revisit_scoring/tests": "s:",
    ROOT / "tests": "j:",
}
# what the docstring of a test begins with: "B2, K7: …", "R property: …"
MARK = r"(?:[A-L]\d{1,2}|R [a-z_]+|DESIGN [\d.]+|[a-z]+ \d+|\[?[\d.]+\]?)"
MARKS = re.compile(rf"(?:SPEC )?{MARK}(?:(?:, | and ){MARK})*")


ROW = re.compile(r"^\| ([A-L]\d+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


def get_proofs():
    """Return {id: names of the test files whose docstrings name it}."""
    proofs = {}
    for folder, prefix in PREFIXES.items():
        for path in folder.glob("test_*.py"):
            name = prefix + path.stem.removeprefix("test_")
            for text in re.findall(r'"""(.*?)"""', path.read_text("utf-8"), re.DOTALL):
                head, colon, _text = text.partition(":")
                if colon and MARKS.fullmatch(head.strip()):
                    for mark in re.findall(r"\b[A-L]\d{1,2}\b", head):
                        proofs.setdefault(mark, set()).add(name)
    return proofs


def get_wrong():
    """Return the ids that the table leaves out, or whose tests it tells wrongly."""
    told = {
        mark: set(names.split(", "))
        for mark, _demand, names in ROW.findall(README.read_text("utf-8"))
    }
    proofs = get_proofs()
    return sorted(mark for mark in told | proofs if told.get(mark) != proofs.get(mark))


def write_table():
    """Write the tests of each row anew; a requirement without a row stays wrong."""
    proofs = get_proofs()
    README.write_text(
        ROW.sub(
            lambda row: (
                f"| {row[1]} | {row[2]} | {', '.join(sorted(proofs.get(row[1], ())))} |"
            ),
            README.read_text("utf-8"),
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    write_table()
