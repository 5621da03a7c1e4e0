# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import namedtuple

from odoo import api, models

from ...tools.documents import Document, Section
from ...tools.terms import DONE_STATES

Row = namedtuple(
    "Row",
    "number customer contact purpose document planned_at first last channel agent"
    " confirmation result",
)


class RevisitPlan(models.Model):
    """The rows of a plan, for both its PDF and its Excel file.

    The layout of the PDF is report/revisit_plan_templates.xml; the Excel file is
    written in controllers/workbook.py.
    """

    _inherit = "revisit.plan"  # pylint: disable=consider-merging-classes-inherited

    def _get_document(self):
        """Return the plan as a :class:`Document`, a row for each callback."""
        rows = Section(None, self._get_report_headers(), self._get_report_rows())
        title, facts = self.env._("Callback Plan"), self._get_report_facts()
        return Document(self.name, title, facts, [rows])

    def _get_report_rows(self):
        """Return the rows that the user may see, in the order of their times.

        Times are in the company's local time. Phone numbers and addresses are left
        out.
        """
        self.ensure_one()
        callbacks = self.env["revisit.callback"].search([("plan_id", "=", self.id)])
        ordered = callbacks.sorted(
            lambda c: (c.planned_at or c.window_start, c.window_end, c.id)
        )
        # names of customers and products; access was checked by the search
        return [
            self._prepare_row(number, callback)
            for number, callback in enumerate(ordered.sudo(), 1)
        ]

    def _get_report_facts(self):
        """Return [(label, text)] for the head of the document."""
        self.ensure_one()
        # the URL of a report requires no access right, so it is checked here
        self.check_access("read")
        plan = self.sudo()
        company = plan.company_id

        def signed(user, moment):
            if not user:
                return ""
            return f"{user.name}, {self._format_moment(moment, company)}"

        states = dict(self._fields["state"]._description_selection(self.env))
        return [
            (self.env._("Unit"), plan.team_id.name),
            (self.env._("Period"), f"{plan.date_from} – {plan.date_to}"),
            (self.env._("Owner"), plan.owner_id.name or ""),
            (self.env._("Purpose"), plan.note or ""),
            (self.env._("State"), states[plan.state]),
            (
                self.env._("Submitted"),
                signed(plan.submitted_by_id, plan.submitted_at),
            ),
            (self.env._("Approved"), signed(plan.approved_by_id, plan.approved_at)),
            (self.env._("Progress"), self._get_progress_text()),
        ]

    def _get_report_headers(self):
        """Return [(label, width in characters)] of the rows, in their order."""
        return [
            (self.env._("No."), 6),
            (self.env._("Customer"), 28),
            (self.env._("Contact Person"), 18),
            (self.env._("Purpose"), 32),
            (self.env._("Product or Document"), 32),
            (self.env._("Planned Time"), 17),
            (self.env._("Earliest"), 17),
            (self.env._("Latest"), 17),
            (self.env._("Channel"), 14),
            (self.env._("Agent"), 18),
            (self.env._("Customer's Confirmation"), 22),
            (self.env._("Result"), 20),
        ]

    def _get_progress_text(self):
        return self.env._(
            "%(made)s of %(total)s made (%(percent)s%%), %(due)s due, %(late)s late,"
            " %(cancelled)s cancelled",
            made=self.done_count,
            total=self.callback_count,
            percent=round(self.progress),
            due=self.due_count,
            late=self.late_count,
            cancelled=self.cancelled_count,
        )

    def _format_moment(self, moment, company):
        callback = self.env["revisit.callback"]
        return callback._format_time(moment, tz=company._revisit_tz())

    def _prepare_row(self, number, callback):
        """Return a callback as a row of the plan; called with sudo."""
        partner, customer = callback.partner_id, callback.commercial_partner_id
        about = [callback.source_name, callback.product_id.name]
        return Row(
            number=number,
            customer=customer.name or partner.name,
            contact=partner.name if partner != customer else "",
            purpose=callback.policy_id.name,
            document=" · ".join(dict.fromkeys(text for text in about if text)),
            planned_at=callback._to_local(callback.planned_at),
            first=callback._to_local(callback.window_start),
            last=callback._to_local(callback.deadline),
            channel=self._get_label(callback, "channel"),
            agent=callback.user_id.name or "",
            confirmation=self._get_label(callback, "time_state"),
            result=self._get_label(callback, self._get_telling_field(callback)),
        )

    @api.model
    def _get_telling_field(self, callback):
        """Return the field that says how the callback ended, or else its state."""
        if callback.state in DONE_STATES:
            return "result"
        return "state" if callback.state == "cancelled" else "timing"

    @api.model
    def _get_label(self, record, name):
        options = dict(record._fields[name]._description_selection(self.env))
        return options.get(record[name], "")
