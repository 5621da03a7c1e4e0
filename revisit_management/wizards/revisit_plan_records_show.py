# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command, fields, models

# maximum number of lines shown; the figures above them count all
MOST_LINES = 500


class RevisitPlanRecords(models.TransientModel):
    """Shows what would be planned for the selected documents, and why not."""

    _inherit = "revisit.plan.records"

    # ------------------------------------------------------------
    # SHOWING
    # ------------------------------------------------------------

    def _show(self, outcome, state):
        """Write the figures and the lines of a result."""
        now = fields.Datetime.now()
        lines = self._prepare_lines(outcome)
        self._step(
            {
                "state": state,
                "new_count": len(outcome["new"]),
                "contact_count": sum(row["leads"] for row in outcome["new"]),
                "late_count": sum(row["window_end"] <= now for row in outcome["new"]),
                "before_count": len(outcome["before"]),
                "existing_count": len(outcome["existing"]),
                "left_out_count": len(outcome["left_out"])
                + len(outcome["unfit"])
                + len(outcome["without"]),
                "line_ids": [
                    Command.clear(),
                    *(Command.create(line) for line in lines[:MOST_LINES]),
                ],
            }
        )

    def _prepare_lines(self, outcome):
        """Return the values of the lines, left-out documents first."""
        reasons = dict(
            self.env["revisit.planning.skip"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        lines = [
            self._prepare_line("left_out", row, reasons.get(row["reason"]))
            for row in outcome["left_out"]
        ]
        by_id = {
            **outcome["unfit"],
            **dict.fromkeys(
                outcome["before"], self.env._("Planned on an earlier day.")
            ),
            **dict.fromkeys(outcome["existing"], self.env._("Planned already.")),
        }
        names = self._get_names(outcome["sources"].browse(by_id))
        for source_id, text in by_id.items():
            what = "left_out" if source_id in outcome["unfit"] else "existing"
            name, partner = names[source_id]
            lines.append(
                {"what": what, "name": name, "partner_id": partner.id, "text": text}
            )
        text = self.env._("There is no document of the policy's kind.")
        for record in outcome["without"]:
            partner = record if record._name == "res.partner" else False
            lines.append(
                {
                    "what": "left_out",
                    "name": record.display_name,
                    "partner_id": partner and partner.id,
                    "text": text,
                }
            )
        lines += [self._prepare_line("planned", row) for row in outcome["new"]]
        return lines

    def _prepare_line(self, what, row, text=False):
        names = ("partner_id", "team_id", "user_id", "window_start")
        end = row["window_end"]
        return {
            "what": what,
            "name": row["source_name"],
            "text": text,
            "last_moment": end and end - timedelta(seconds=1),
            **{name: row[name] for name in names},
        }

    def _get_names(self, sources):
        """Return {document id: (name, customer)} with the names as in the planner."""
        planner, trigger = self.env["revisit.planner"], self.policy_id.trigger_id
        return {
            source.id: (
                planner._get_source_name(trigger, source),
                planner._get_partner(trigger, source),
            )
            # their names are on records that the user has selected
            for source in sources.sudo()
        }
