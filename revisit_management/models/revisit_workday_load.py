# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv

from odoo import models
from odoo.tools import file_open

CHINA = "revisit_management/data/workdays/cn.csv"


class RevisitWorkday(models.Model):
    """Loads a shipped calendar of holidays and make-up working days (B2).

    China's days come from the yearly notices of the State Council's General Office
    of 12 November 2024 (for 2025) and 4 November 2025 (for 2026), weekends within a
    holiday included, for companies that work on Saturdays. For 2027 only the
    statutory days are given, and their names say so.
    """

    _inherit = "revisit.workday"

    def action_load_china(self):
        """Add China's days of 2025 to 2027 to the current company.

        Dates that the company has corrected already stay as they are.

        :raise AccessError: the caller may not create corrections
        """
        count = len(self._load_calendar(CHINA))
        if count:
            message = self.env._("%(count)s dates were added.", count=count)
        else:
            message = self.env._("All dates are there already; nothing was changed.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if count else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _load_calendar(self, path):
        """Create the dates of a CSV file that the current company lacks.

        :param path: file with the columns date, is_working, name, name@<language>
        :return: the new corrections
        """
        self.check_access("create")
        company = self.env.company
        with file_open(path, "r") as stream:
            rows = list(csv.DictReader(stream))
        known = {
            str(correction.date)
            for correction in self.search([("company_id", "=", company.id)])
        }
        rows = [row for row in rows if row["date"] not in known]
        corrections = self.with_context(lang="en_US").create(
            [
                {
                    "company_id": company.id,
                    "date": row["date"],
                    "is_working": row["is_working"] == "True",
                    "name": row["name"],
                }
                for row in rows
            ]
        )
        rulebooks = self.env["revisit.rulebook"]
        for correction, row in zip(corrections, rows, strict=True):
            for lang, values in rulebooks._get_translations(row).items():
                correction.with_context(lang=lang).write(values)
        return corrections
