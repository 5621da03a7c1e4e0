# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo.models import MAGIC_COLUMNS
from odoo.tests import TransactionCase, tagged

MODULES = {"revisit_management", "revisit_scoring"}
# of every model: what people see instead, or why they do not
EVERYWHERE = {
    "our_values": "in words: Not in the Rules' Text",
    "parent_path": "the database's own",
}
ELSEWHERE = {
    # read out in words
    "revisit.assessment.definition": "the scheme as it was, told by each score",
    "revisit.callback.decision": "the dialog Why Called",
    "revisit.callback.draft": "the console goes on with it; told in words on the form",
    "revisit.callback.refused_from": "goes on from there; the note says so",
    "revisit.callback.subjects": "the questionnaire names them",
    "revisit.planning.skip.decision": "the list Left Out, in words",
    "revisit.rulebook.baseline": "the dialog of an update: kept, changed",
    "revisit.rulebook.stopped_ids": "comes back when the rulebook is unarchived",
    "revisit.rulebook.version.cells": "compared: What Changed",
    "revisit.rulebook.version.changes": "What Changed",
    "revisit.score.grade_labels": "the grade's meaning, in the reader's language",
    "revisit.score.line.parts": "the explanation of the line",
    "res.partner.email_changed_by_id": "noted when a questionnaire is sent",
    "res.partner.phone_changed_at": "told before a call to whoever makes it",
    "res.partner.phone_changed_by_id": "told before a call to whoever makes it",
    "revisit.callback.unlocked_parts": "told in words above the form",
    "revisit.unlock.parts": "told in words",
    "revisit.unlock.trace_from": "key",
    "revisit.unlock.values_before": "kept for an audit, read by export",
    # the list or form stands in the parent's
    "revisit.archive.field.rulebook_id": "the rulebook's form",
    "revisit.attribute.choice.attribute_id": "the attribute's form",
    "revisit.indicator.band.indicator_id": "the indicator's form",
    "revisit.issue.deadline.category_id": "the category's form",
    "revisit.trigger.subject.trigger_id": "the trigger's form",
    "revisit.plan.progress.plan_id": "the plan's form",
    "revisit.rulebook.version.rulebook_id": "the rulebook's form",
    "revisit.grade.scheme_id": "the scheme's form",
    "revisit.indicator.scheme_id": "the scheme's form",
    "revisit.issue.change.issue_id": "the issue's form",
    "revisit.score.adjustment.score_id": "the score's form",
    # keys that the system finds rows by
    "revisit.answer.person_key": "key",
    "revisit.callback.occasion": "key",
    "revisit.callback.chain_id": "the list of the callbacks about a matter",
    "revisit.claim.taken_id": "the unit's queue shows what was given back",
    "revisit.claim.until": "the callback tells who is on its customer",
    "revisit.pending.outcome.callback_id": "the console names the customer",
    "revisit.pending.outcome.error": "shown in the console",
    "revisit.pending.outcome.pressed_at": "the attempt that it becomes is shown",
    "revisit.pending.outcome.said": "shown in the console when it is taken back",
    "revisit.pending.outcome.until": "the console counts the seconds",
    "revisit.planner.slot.shard": "key",
    "revisit.planning.skip.occasion": "key",
    "revisit.planning.skip.source_model": "the document's name is shown",
    "revisit.planning.skip.source_id": "the document's name is shown",
    "revisit.score.evidence.metric_ids": "opened from the score's line",
    "revisit.score.evidence.model_name": "opened from the score's line",
    "revisit.score.evidence.population": "opened from the score's line",
    "revisit.score.evidence.record_count": "opened from the score's line",
    "revisit.score.evidence.subject_id": "opened from the score's line",
    "revisit.score.evidence.value_fields": "opened from the score's line",
    "revisit.score.evidence.value_names": "opened from the score's line",
    "revisit.score.grade_id": "the grade's name is shown, which stays",
    "revisit.score.line.evidence_position": "key",
    "revisit.score.line.metric_id": "the indicator's name is shown, which stays",
    "revisit.score.line.model_name": "key",
    "revisit.score.record.res_model": "key",
    "revisit.score.subject_id": "the subject's name is shown",
    "revisit.touch.notification_id": "the state of the delivery is shown",
    "revisit.touch.source_model": "the document's name is shown",
    "revisit.touch.source_id": "the document's name is shown",
    "revisit.trace.field_name": "the field's label is shown",
    "revisit.trace.part_model": "the part's name is shown",
    "revisit.trace.res_id": "the record's form",
    "revisit.trace.res_model": "the record's form",
    "revisit.trace.value_pair": "the old and the new value are shown",
    "revisit.unlock.res_id": "the record's name is shown",
    "revisit.unlock.res_model": "the record's name is shown",
    # steps of the machinery
    "mail.mail.revisit_callback_id": "the message's document is shown",
    "sms.sms.revisit_callback_id": "the message's document is shown",
    "revisit.assessment.sealed_files": "compared when a file is changed",
    "revisit.callback.link_serial": "part of the customer's key",
    "revisit.callback.questionnaire_notification_id": "what tracks the delivery",
    "revisit.callback.sealed_files": "compared when a file is changed",
    "revisit.issue.sealed_files": "compared when a file is changed",
    "revisit.public.hit.hits": "counts requests of the public pages",
    "revisit.public.hit.started_at": "counts requests of the public pages",
    "revisit.callback.is_imported": "the filter Imported",
    "revisit.callback.time_answered_at": "the customer's answer is shown",
    "revisit.rulebook.review_reminded_on": "the activity is shown",
    "revisit.run.lane": "the machinery of background work",
    "revisit.run.parameters": "the run's name tells them",
    "revisit.run.tries": "the run's message tells it",
    "revisit.team.assigned_count": "whose turn it is",
    # what scores count
    "res.partner.revisit_region_id": "the dealer's region, by which regions are scored",
    "revisit.analysis.department_id": "counted by metrics",
    "revisit.analysis.figures": "the tables of figures are shown",
    "revisit.analysis.item.analysis_id": "the report's form",
    "revisit.analysis.item.department_id": "counted by metrics",
    "revisit.report.department_id": "counted by metrics",
    "revisit.report.employee_id": "counted by metrics",
    "revisit.result.department_id": "counted by metrics",
    "revisit.result.lead_id": "the opportunity has a button",
    "revisit.result.task_id": "the task is on the customer",
    "revisit.result.employee_id": "counted by metrics",
    "revisit.issue.is_resolved_on_time": "counted by metrics",
    "revisit.issue.is_respond_on_time": "counted by metrics",
    "revisit.score.adjustment_total": "the sheet tells each adjustment",
    "revisit.score.exact_total": "breaks ties; the rounded total is shown",
    "revisit.score.line.is_manual": "the line offers its points to be given",
    "revisit.score.line.manual_at": "the line's chatter",
    "revisit.score.line.source": "the explanation of the line",
}


@tagged("post_install", "-at_install")
class TestFieldsOnScreen(TransactionCase):
    """Every stored field of ours is on a screen, or listed with the reason why not."""

    def get_parents(self):
        """Return {model: models whose forms show its records in a list}."""
        parents = {"res.company": {"res.config.settings"}}
        for model, Model in self.env.registry.items():
            for field in Model._fields.values():
                if field.type in ("one2many", "many2many"):
                    parents.setdefault(field.comodel_name, set()).add(model)
        return parents

    def get_missing(self):
        """Return the fields of ours that no view and no page names."""
        views = self.env["ir.ui.view"].search([])
        texts, parents, missing = {}, self.get_parents(), []
        for view in views:
            texts.setdefault(view.model, []).append(view.arch_db or "")
        for model, Model in sorted(self.env.registry.items()):
            if Model._abstract or Model._transient:
                continue
            shown = "".join(
                text
                for name in (model, False, *parents.get(model, ()))
                for text in texts.get(name, ())
            )
            for name, field in Model._fields.items():
                is_shown = re.search(rf'name="{name}"|\.{name}\b', shown)
                if self.is_ours(field) and name not in MAGIC_COLUMNS and not is_shown:
                    missing.append(f"{model}.{name}")
        return missing

    def test_no_field_without_a_screen(self):
        missing = {
            name
            for name in self.get_missing()
            if name.rpartition(".")[2] not in EVERYWHERE
        }
        self.assertEqual(sorted(missing - set(ELSEWHERE)), [], "put it on a screen")
        self.assertEqual(sorted(set(ELSEWHERE) - missing), [], "is on a screen now")

    def is_ours(self, field):
        return (
            field.store
            and field._module in MODULES
            and field.column_type
            and not field.related
        )
