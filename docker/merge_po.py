"""Puts an exported template into a folder and merges it into the .po files there.

Usage: merge_po.py TEMPLATE FOLDER. Where no text changed, no file changes.
"""

import pathlib
import sys

import polib

WIDTH = 78


def texts(catalogue):
    return [(e.msgctxt, e.msgid, e.comment, sorted(e.occurrences)) for e in catalogue]


def main(template_path, folder):
    folder.mkdir(exist_ok=True)
    template = polib.pofile(template_path, wrapwidth=WIDTH)
    target = folder / template_path.name
    if not target.exists() or texts(polib.pofile(target)) != texts(template):
        target.write_bytes(template_path.read_bytes())
    print(f"    {target.name}: {len(template)} texts", file=sys.stderr)
    for path in sorted(folder.glob("*.po")):
        merge(path, template)


def merge(path, template):
    catalogue = polib.pofile(path, wrapwidth=WIDTH)
    before = str(catalogue)
    catalogue.merge(template)
    for entry in catalogue.obsolete_entries():
        catalogue.remove(entry)
    order = {(e.msgctxt, e.msgid): rank for rank, e in enumerate(template)}
    catalogue.sort(key=lambda entry: order[entry.msgctxt, entry.msgid])
    if str(catalogue) != before:
        date = template.metadata["POT-Creation-Date"]
        catalogue.metadata["POT-Creation-Date"] = date
        catalogue.save(path)
    missing = len(catalogue.untranslated_entries())
    print(f"    {path.name}: {missing} texts untranslated", file=sys.stderr)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
