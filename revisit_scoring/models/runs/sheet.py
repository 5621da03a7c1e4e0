# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.tools import format_datetime

from ...tools import score as arithmetic
from ...tools import summary


class RevisitScore(models.Model):
    """The explanations on the printed score sheet."""

    _inherit = "revisit.score"

    def _get_sheet_facts(self):
        """Return [(label, text)]: whose sheet it is, and whether its figures are final.

        The company is printed in the sheet itself, as some versions of wkhtmltopdf
        print no page headers.
        """
        self.ensure_one()
        # the URL of a report requires no access right, so it is checked here
        self.check_access("read")
        # readers of a score need not have access to the assessment or the company
        run, company = self.sudo().assessment_id, self.sudo().company_id
        facts = [
            (self.env._("Company"), company.name),
            (self.env._("Period"), f"{run.date_from} – {run.date_to}"),
        ]
        if not run.published_at:
            note = self.env._("Not published: the figures may still change.")
            return [*facts, (self.env._("State"), note)]
        published = format_datetime(
            self.env, run.published_at, company._revisit_tz(), "yyyy-MM-dd HH:mm"
        )
        return [
            *facts,
            (self.env._("Published"), f"{published}, {run.published_by_id.name}"),
            (self.env._("Seal (SHA-256)"), run.content_hash),
        ]

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("total", "rated", "line_ids.parts", "adjustment_ids.points")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for score in self:
            score.explanation = "\n".join(score._get_explanation())

    def _get_explanation(self):
        """Return sentences that add up to the total, in the user's language."""
        self.ensure_one()
        sentences = []
        if self.unrated_reason == "no_data":
            return [self.env._("Not rated: there are no records in this period.")]
        sentences += self._get_sums()
        if self.is_small_sample:
            sentences.append(self._say_small_sample())
        return sentences

    def _say_small_sample(self):
        """Return which line has a small sample, and what follows from it."""
        short = self.line_ids.filtered(lambda line: (line.parts or {}).get("asked"))
        line = short.sorted("denominator")[:1]
        values = {
            "name": line.name,
            "count": self.sample_count,
            "asked": (line.parts or {}).get("asked"),
        }
        if self.unrated_reason:
            return self.env._(
                "Not rated: %(name)s counts %(count)s, and the scheme asks for at least"
                " %(asked)s. The number is shown, but brings no grade and no rank.",
                **values,
            )
        return self.env._(
            "Small sample: %(name)s counts %(count)s, and the scheme asks for at least"
            " %(asked)s. The number is shown with this mark, but brings no grade.",
            **values,
        )

    def _get_sums(self):
        """Return the total as a sum, then the sum that makes up its first number.

        87.4 = 92 - 3 (2 × Finished late) - 1.6 (Appeal).

        Every part is rounded as on the sheet; a rest from rounding is a part, too.
        """
        lines = {line.indicator_id.id: line for line in self.line_ids if line.parts}
        parts = {key: line.parts for key, line in lines.items()}
        (_sign, first, _key), *rest = summary.summary_parts(list(parts.items()))
        taken = [
            (-amount if sign == "-" else amount, lines[key]._get_event_label())
            for sign, amount, key in rest
        ]
        taken += [
            (arithmetic.to_decimal(adjustment.points), adjustment.reason)
            for adjustment in self.adjustment_ids
        ]
        reduced = {key for sign, _amount, key in rest if sign == "-"}
        whole = [
            (amount, lines[key]._get_whole_label(key in reduced))
            for key, amount in summary.whole_parts(list(parts.items()))
        ]
        if not taken:
            return [self._format_sum(self.total, None, whole)]
        return [
            self._format_sum(self.total, first, taken),
            self._format_sum(first, None, whole),
        ]

    def _format_sum(self, total, first, parts):
        """Return a sum in words that is correct to the last digit."""
        show, round_ = arithmetic.plain, arithmetic.round_half_up
        total = shown = round_(total)
        text = []
        if first is not None:
            text.append(show(round_(first)))
            shown -= round_(first)
        for amount, label in parts:
            amount = round_(amount)
            shown -= amount
            text.append(f"{'-' if amount < 0 else '+'} {show(abs(amount))} ({label})")
        if shown:
            label = self.env._("rounding")
            if abs(shown) > round_("0.05"):
                label = self.env._("limit of the scale")
            text.append(f"{'-' if shown < 0 else '+'} {show(abs(shown))} ({label})")
        return f"{show(total)} = {' '.join(text).removeprefix('+ ')}"

    def _get_trend(self):
        """Return the direction since the previous published score, or False."""
        self.ensure_one()
        if not self.previous_id:
            return False
        if not self.delta:
            return "same"
        return "up" if self.delta > 0 else "down"

    @api.model
    def _read_translated(self, values):
        """Return the text of a stored {language: text} in the user's language."""
        values = values or {}
        return values.get(self.env.lang or "en_US") or values.get("en_US") or ""
