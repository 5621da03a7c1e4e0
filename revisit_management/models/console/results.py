# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .customer_records import SHOWN

# what the agent types of a result
TYPED = {
    "kind",
    "product_id",
    "promised_on",
    "referred_email",
    "referred_name",
    "referred_phone",
    "words",
}


class RevisitConsole(models.AbstractModel):
    """What a talk brings beside its answers, noted while it goes on.

    It is kept at once, like an issue, so that what cannot be (a known number, a day
    that is over) is said while the customer is still on the phone.
    """

    _inherit = "revisit.console"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # PUBLIC METHODS
    # ------------------------------------------------------------

    @api.model
    def add_result(self, callback_id, values):
        """Note what the customer needs, proposes, refers, or was promised.

        :param callback_id: id of the callback on the screen
        :param values: dict with ``kind``, ``words``, and what belongs to the kind, see
            ``TYPED``
        :return: see :meth:`_get_results`
        :raise UserError: something is missing, or cannot be
        """
        self._check_agent()
        callback = self._read_callback(callback_id)
        if not isinstance(values, dict) or set(values) - TYPED:
            raise UserError(
                self.env._(
                    "Send a result as a table with these names: %(names)s.",
                    names=", ".join(sorted(TYPED)),
                )
            )
        self.env["revisit.result"].create([{**values, "callback_id": callback.id}])
        return self._get_results(callback)

    @api.model
    def drop_result(self, callback_id, result_id):
        """Take back what was noted by mistake.

        :param result_id: id of a result of the callback on the screen
        :return: see :meth:`_get_results`
        :raise UserError: see ``revisit.result.action_take_back``
        """
        self._check_agent()
        callback = self._read_callback(callback_id)
        reader, results = self.env["revisit.reader"], self.env["revisit.result"]
        ids = reader._read_ids(reader._get_label(results, "id"), [result_id])
        dropped = results.search(
            [("id", "in", ids or ()), ("callback_id", "=", callback.id)]
        )
        dropped.action_take_back()
        return self._get_results(callback)

    # ------------------------------------------------------------
    # SCREEN
    # ------------------------------------------------------------

    @api.model
    def _get_results(self, callback):
        """Return what was noted in this talk, and what is still promised.

        :return: dict: ``noted`` and ``promises``, lists of rows; ``kinds`` that may be
            noted; ``day`` that is offered for a promise
        """
        results = self.env["revisit.result"]
        kinds = dict(results._fields["kind"]._description_selection(self.env))
        noted = results.search([("callback_id", "=", callback.id)], order="id")
        company = callback.company_id.sudo()  # the day is the company's
        return {
            "noted": [
                {
                    "id": result.id,
                    "kind": kinds[result.kind],
                    "text": self._get_result_text(result),
                    "may_drop": result.may_take_back,
                }
                for result in noted
            ],
            "promises": self._get_promised(callback),
            "kinds": [{"key": key, "label": label} for key, label in kinds.items()],
            "day": str(results._get_next_day(company)),
        }

    @api.model
    def _get_result_text(self, result):
        if result.kind != "promise":
            return result.text
        return self.env._(
            "%(words)s (by %(day)s)",
            words=result.text,
            day=format_date(self.env, result.promised_on),
        )

    @api.model
    def _get_promised(self, callback):
        """Return what was promised to the customer before, and is still open.

        Whoever has promised it: a customer talks to the company.
        """
        known = callback.sudo()  # see above; the results themselves are not shown
        rows = (
            self.env["revisit.result"]
            .sudo()  # see above
            .search(
                Domain("commercial_partner_id", "=", known.commercial_partner_id.id)
                & Domain("company_id", "=", known.company_id.id)
                & Domain("answer_state", "=", "open")
                & Domain("callback_id", "!=", known.id),
                order="promised_until, id",
                limit=SHOWN,
            )
        )
        mine = rows.with_env(self.env)._filtered_access("read")
        return [
            {
                "id": row.id,
                "text": row.text,
                "by": self.env._(
                    "by %(day)s, %(user)s",
                    day=format_date(self.env, row.promised_on),
                    user=row.owner_id.name,
                ),
                "is_late": row.is_overdue,
                "may_answer": mine.filtered(
                    lambda result, row=row: result.id == row.id and result.may_answer
                ).ids
                != [],
            }
            for row in rows
        ]
