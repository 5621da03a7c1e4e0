# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from ...tools.documents import Document


class RevisitReport(models.Model):
    """The report as a document: the course of the talk, its result, the assessment.

    The layout of the PDF is report/revisit_record_templates.xml; the Excel file is
    written in controllers/workbook.py.
    """

    _inherit = "revisit.report"  # pylint: disable=consider-merging-classes-inherited

    @api.depends("callback_id")
    @api.depends_context("allowed_company_ids", "lang", "uid")
    def _compute_record_html(self):
        for report in self:
            contact = report.callback_id._get_conversations()[0]
            report.record_html = contact._get_record_html() or False

    def action_export(self):
        """Button: the report as an Excel file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/report/{self.id}.xlsx",
            "target": "download",
        }

    def _get_document(self):
        """Return the report as a :class:`Document`, in the reader's language."""
        self.ensure_one()
        # the URL of a report requires no access right, so it is checked here
        self.check_access("read")
        contact = self.callback_id._get_conversations()[0]
        title = self.env._("Customer Callback Report")
        customer = self.sudo().partner_id  # who may read the report may know
        return Document(
            f"{title} {customer.name} {self.id}",
            title,
            [*contact._get_record_facts(), *self._get_report_facts()],
            contact._get_record_sections(),
        )

    def _get_signature(self):
        """Return the customer's signature, for the document alone; base64 or False."""
        self.check_access("read")
        return self.callback_id.sudo().signature  # of the record; access was checked

    def _get_report_facts(self):
        """Return ``[(label, text)]`` of what the report adds to the record."""
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("state", "timing", "extension_state")
        }
        facts = [
            (self.env._("Assessment"), self.assessment),
            (self.env._("Proposed Measures"), self.proposal),
            (self.env._("Recorded"), self._format(self.recorded_at)),
            (self.env._("Handed In On"), self._get_hand_in_text(labels["timing"])),
            (
                self.env._("More Time"),
                labels["extension_state"].get(self.extension_state),
            ),
            (self.env._("State"), labels["state"][self.state]),
        ]
        return [(label, text) for label, text in facts if text]

    def _get_hand_in_text(self, labels):
        """Return when the report was handed in, and whether that was in time."""
        if not self.handed_in_at:
            return ""
        moment, timing = self._format(self.handed_in_at), labels[self.timing]
        return f"{moment} ({timing})" if self.hand_in_until else moment
