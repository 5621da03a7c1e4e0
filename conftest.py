# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Gives each test process a filestore of its own, beside its own database.

pytest-odoo copies the database for every process, but lets them share the files of
the original. Odoo's tests collect garbage in that folder as they end, so one process
would delete a file that another has just written and not yet committed.
"""

import contextlib
import pathlib
import shutil

import pytest_odoo

from odoo.tools import config


@contextlib.contextmanager
def _own_filestore(original_db_name, db_name):
    original = pathlib.Path(config.filestore(original_db_name))
    own = pathlib.Path(config.filestore(db_name))
    if own != original:
        shutil.rmtree(own, ignore_errors=True)
        shutil.copytree(original, own)
    try:
        yield
    finally:
        if own != original:
            shutil.rmtree(own, ignore_errors=True)


pytest_odoo._shared_filestore = _own_filestore


def pytest_collection_modifyitems(items):
    """Begin with the longest test: what comes last keeps one process waiting."""
    items.sort(key=lambda item: item.path.name != "test_demo.py")
