# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What is wrong with the fields of a form, to be told beside each of them."""

from contextlib import contextmanager

from odoo.exceptions import UserError


class Faults:
    """Goes on after a refusal, so that all that is wrong is told at once.

    The refusal that is raised in the end is the first one, as a program gets it; what
    :func:`read` finds in it is for a page, which has the fields before its eyes.
    """

    def __init__(self):
        self._first = None
        self._places = {}

    @contextmanager
    def at(self, name=None):
        """Take a refusal as one about a field.

        :param name: of the field; by default the refusal knows itself where it stands
        """
        try:
            yield
        except UserError as error:
            self._first = self._first or error
            places = read(error)
            if name and not places:
                places = {name: getattr(error, "alone", None) or str(error)}
            self._places.update(places)

    def check(self):
        """Raise the first refusal, if there was one."""
        if self._first:
            raise mark(self._first, self._places)


def mark(error, places):
    """Return a refusal that says at which fields it stands.

    :param places: ``{name of a field, or key of a question: sentence}``
    """
    error.places = dict(places)
    return error


def read(error):
    """Return what :func:`mark` was given, or an empty dict."""
    return getattr(error, "places", {})
