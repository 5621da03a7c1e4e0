# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models

from ...tools.documents import Document, Section, to_html


class RevisitDocumentedMixin(models.AbstractModel):
    """The record of a conversation: what was said, by whom, when, and what followed.

    The same facts and sections make its PDF (report/revisit_record_templates.xml), its
    Excel file (controllers/document_export.py), and the screen of the report on it.
    """

    _name = "revisit.documented.mixin"
    _description = "Record as a Document"
    _inherit = ["revisit.resulted.mixin"]

    def action_export_record(self):
        """Button: the record of the conversation as an Excel file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/record/{self.id}.xlsx",
            "target": "download",
        }

    def _get_document(self):
        """Return the record as a :class:`Document`, in the reader's language.

        Phone numbers and addresses are left out.
        """
        self.ensure_one()
        # the URL of a report requires no access right, so it is checked here
        self.check_access("read")
        contact = self._get_conversations()[0]
        title = self.env._("Customer Callback Record")
        customer = self.sudo().partner_id  # who may read the record may know
        return Document(
            f"{title} {customer.name} {self.id}",
            title,
            contact._get_record_facts(),
            contact._get_record_sections(),
        )

    def _get_record_facts(self):
        """Return ``[(label, text)]`` on a conversation; empty texts are left out."""
        # what was said is for whoever may read the record; access was checked
        contact = self.sudo()
        leader = contact._get_leaders()
        partner, customer = leader.partner_id, leader.commercial_partner_id
        facts = [
            (self.env._("Customer"), customer.name or partner.name),
            (self.env._("Contact Person"), partner.name if partner != customer else ""),
            *contact._get_reason_facts(),
            (self.env._("Channel"), _get_label(leader, "channel")),
            (self.env._("Planned Time"), leader._get_time_text(leader.planned_at)),
            (self.env._("Talk"), leader._get_time_text(leader.done_at)),
            (self.env._("Made By"), leader.made_by_id.name),
            (self.env._("Unit"), leader.team_id.name),
            (self.env._("Result"), _get_label(leader, "result")),
            (self.env._("Interviewed"), contact._get_interviewed_text()),
            (self.env._("Signature"), leader._get_signature_text()),
            (self.env._("Customer's Words"), contact._get_words_text()),
            (self.env._("Next Callback On"), contact._get_next_text()),
            *leader._get_review_facts(),
        ]
        return [(label, text) for label, text in facts if text]

    def _get_reason_facts(self):
        """Return why the customer was called: what is the same is said once."""
        reasons = dict.fromkeys(callback.policy_id.name for callback in self)
        about = dict.fromkeys(callback.about_text for callback in self)
        rulebooks = dict.fromkeys(
            self.env._(
                "%(rulebook)s, version %(version)s",
                rulebook=callback.rulebook_id.name,
                version=callback.rulebook_version,
            )
            for callback in self
            if callback.rulebook_id
        )
        return [
            (label, "; ".join(text for text in texts if text))
            for label, texts in (
                (self.env._("Purpose"), reasons),
                (self.env._("About"), about),
                (self.env._("Rulebook"), rulebooks),
            )
        ]

    def _get_review_facts(self):
        return [
            (self.env._("Verdict"), _get_label(self, "review_verdict")),
            (self.env._("Guidance"), self.review_note),
            (self.env._("Reviewed By"), self.reviewed_by_id.name),
            (self.env._("Reviewed On"), self._get_time_text(self.reviewed_at)),
        ]

    def _get_record_sections(self):
        """Return the tables of a conversation; empty ones are left out."""
        # what was said is for whoever may read the record; access was checked
        contact = self.sudo()
        sections = [
            contact._get_answers_section(),
            contact._get_attempts_section(),
            self._get_issues_section(),
            self._get_results_section(),
        ]
        return [section for section in sections if section.rows]

    def _get_answers_section(self):
        return Section(
            self.env._("Questions and Answers"),
            [
                (self.env._("Question"), 44),
                (self.env._("Judged"), 20),
                (self.env._("Answer"), 30),
                ("0-100", 8),
            ],
            [
                (
                    answer.title,
                    answer.subject_name,
                    answer.answer_text,
                    _get_whole(answer.value),
                )
                for answer in self.answer_ids.sorted("id")
            ],
        )

    def _get_attempts_section(self):
        return Section(
            self.env._("Attempts"),
            [
                (self.env._("Time"), 44),
                (self.env._("Outcome"), 20),
                (self.env._("Note"), 30),
                (self.env._("Seconds"), 8),
            ],
            [
                (
                    attempt.callback_id._to_local(attempt.at),
                    _get_label(attempt, "outcome"),
                    attempt.note,
                    attempt.duration,
                )
                for attempt in self.attempt_ids.sorted("at")
            ],
        )

    def _get_issues_section(self):
        """Return the issues that the reader may read: others' are theirs."""
        issues = self.env["revisit.issue"].search([("callback_id", "in", self.ids)])
        return Section(
            self.env._("Issues"),
            [
                (self.env._("Issue"), 44),
                (self.env._("Severity"), 20),
                (self.env._("State"), 30),
            ],
            [
                (
                    issue.display_name,
                    _get_label(issue, "severity"),
                    _get_label(issue, "state"),
                )
                for issue in issues
            ],
        )

    def _get_results_section(self):
        """Return what the talk has brought beside its answers, if the reader may."""
        results = self.env["revisit.result"].search([("callback_id", "in", self.ids)])
        return Section(
            self.env._("Results"),
            [
                (self.env._("What It Says"), 44),
                (self.env._("Kind"), 20),
                (self.env._("Promise"), 30),
            ],
            [
                (
                    result.text,
                    _get_label(result, "kind"),
                    _get_label(result, "answer_state"),
                )
                for result in results.sorted("id")
            ],
        )

    def _get_record_html(self):
        """Return the sections of the record as tables for a screen."""
        return to_html(self._get_record_sections())

    # ------------------------------------------------------------
    # TEXTS (called with sudo, after access was checked)
    # ------------------------------------------------------------

    def _get_time_text(self, moment):
        return self._format_time(moment) if moment else ""

    def _get_interviewed_text(self):
        """Return who has answered, where it was not the customer alone."""
        people = dict.fromkeys(
            ", ".join(
                part
                for part in (
                    answer.interviewee_id.display_name,
                    answer.role_id.display_name,
                )
                if part
            )
            for answer in self.answer_ids
        )
        return "; ".join(text for text in people if text)

    def _get_signature_text(self):
        if self.signature:
            return self.env._("Signed by the customer")
        if self.signature_refused:
            return self.env._("The customer refused to sign")
        return ""

    def _get_words_text(self):
        return "\n".join(dict.fromkeys(c.feedback for c in self if c.feedback))

    def _get_next_text(self):
        days = {callback.next_due_on for callback in self if callback.next_due_on}
        return str(min(days)) if days else ""


def _get_label(record, name):
    """Return the chosen option of a field in words, or an empty text."""
    options = dict(record._fields[name]._description_selection(record.env))
    return options.get(record[name], "")


def _get_whole(value):
    """Return a number without decimals where it has none; False stays empty."""
    return int(value) if value is not False and value == int(value) else value
