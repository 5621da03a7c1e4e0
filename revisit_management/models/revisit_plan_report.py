# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import namedtuple

from odoo import models

from .revisit_callback import DONE_STATES

Row = namedtuple(
    "Row",
    "number customer contact purpose document planned_at first last channel agent"
    " confirmation result",
)


class RevisitPlan(models.Model):
    """The plan on paper and as a workbook: the same rows in both (I3)."""

    _inherit = "revisit.plan"

    def _get_report_rows(self):
        """Return the rows that the reader may see, in the order of their times.

        Times are wall clock times of the company. Phone numbers and addresses stay
        where they are (K2).
        """
        self.ensure_one()
        callbacks = self.env["revisit.callback"].search([("plan_id", "=", self.id)])
        ordered = callbacks.sorted(
            lambda c: (c.planned_at or c.window_start, c.window_end, c.id)
        )
        # names of customers and products; access was checked by the search
        return [
            callback._prepare_plan_row(number)
            for number, callback in enumerate(ordered.sudo(), 1)
        ]

    def _get_report_facts(self):
        """Return [(label, text)] of the head of the document."""
        self.ensure_one()
        # the address of a report asks for no right of its own
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


class RevisitCallback(models.Model):
    _inherit = "revisit.callback"

    def _prepare_plan_row(self, number):
        """Return the callback as a row of its plan; called with sudo."""
        self.ensure_one()
        partner, customer = self.partner_id, self.commercial_partner_id
        about = [self.source_name, self.product_id.name]
        return Row(
            number=number,
            customer=customer.name or partner.name,
            contact=partner.name if partner != customer else "",
            purpose=self.policy_id.name,
            document=" · ".join(dict.fromkeys(text for text in about if text)),
            planned_at=self._to_local(self.planned_at),
            first=self._to_local(self.window_start),
            last=self._to_local(self.deadline),
            channel=self._get_label("channel"),
            agent=self.user_id.name or "",
            confirmation=self._get_label("time_state"),
            result=self._get_plan_result(),
        )

    def _get_plan_result(self):
        """Return how the callback ended, else where it stands."""
        if self.state in DONE_STATES:
            return self._get_label("result")
        return self._get_label("state" if self.state == "cancelled" else "timing")

    def _get_label(self, name):
        options = dict(self._fields[name]._description_selection(self.env))
        return options.get(self[name], "")
