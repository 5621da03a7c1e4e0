# Part of Revisit. See LICENSE file for full copyright and licensing details.
import math

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import score as arithmetic
from ...tools.terms import REJUDGE_LATER


class RevisitScoreAdjustment(models.Model):
    """Points that a user adds to or deducts from a score, with the reason.

    It survives every new computation and stays visible on the sheet: who, when, why,
    and the totals before and after it. It is never changed or deleted; taking one back
    is another entry with the opposite points and its own reason.
    """

    _name = "revisit.score.adjustment"
    _description = "Score Adjustment"
    _inherit = [
        "revisit.named.mixin",
        "revisit.frozen.mixin",
        "revisit.protected.mixin",
    ]
    _order = "id"
    _rec_name = "reason"

    _server_owned = {
        "assessment_id",
        "company_id",
        "date",
        "total_after",
        "total_before",
        "user_id",
    }

    score_id = fields.Many2one(
        comodel_name="revisit.score", required=True, ondelete="cascade", index=True
    )
    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        related="score_id.assessment_id",
        store=True,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="score_id.company_id", store=True, precompute=True
    )
    points = fields.Float(required=True, digits=(6, 2))
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date = fields.Datetime(
        string="On", required=True, readonly=True, default=fields.Datetime.now
    )
    total_before = fields.Float(
        string="Before", digits=(6, 2), readonly=True, aggregator=None
    )
    total_after = fields.Float(
        string="After", digits=(6, 2), readonly=True, aggregator=None
    )
    # Taking back
    reverses_id = fields.Many2one(
        comodel_name="revisit.score.adjustment",
        string="Takes Back",
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
    )
    reversal_ids = fields.One2many(
        comodel_name="revisit.score.adjustment", inverse_name="reverses_id"
    )
    is_taken_back = fields.Boolean(
        string="Taken Back", compute="_compute_is_taken_back"
    )

    _reverses_unique = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL",
        "This adjustment is taken back already.",
    )

    @api.depends("reversal_ids")
    def _compute_is_taken_back(self):
        for adjustment in self:
            adjustment.is_taken_back = bool(adjustment.reversal_ids)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("points", "reason")
    def _check_reason(self):
        for adjustment in self:
            if not adjustment.points or not adjustment.reason.strip():
                raise ValidationError(
                    self.env._(
                        "An adjustment needs points other than 0 and its reason: both"
                        " stand on the score sheet."
                    )
                )

    @api.constrains("reverses_id", "score_id", "points")
    def _check_reverses_id(self):
        for adjustment in self.filtered("reverses_id"):
            taken = adjustment.reverses_id
            opposite = arithmetic.to_decimal(taken.points) == -arithmetic.to_decimal(
                adjustment.points
            )
            if taken.score_id != adjustment.score_id or not opposite:
                raise ValidationError(
                    self.env._(
                        "An adjustment is taken back on the same score, with the"
                        " opposite points. Use its button."
                    )
                )

    def _check_points(self, value, score):
        """Refuse points that no scale can have, before they are stored.

        :raise ValidationError: not a number, or more than the scale of the scheme
        """
        try:
            points = float(value or 0)
        except (TypeError, ValueError):
            points = math.nan
        limit = 100 + float(score._get_bonus_ceiling())
        if math.isfinite(points) and abs(points) <= limit:
            return
        raise ValidationError(
            self.env._(
                "%(points)s points are no adjustment of %(subject)s: the scale of the"
                " scheme has %(limit)s points. Give a number from -%(limit)s to"
                " %(limit)s.",
                points=value,
                subject=score.subject_name,
                limit=arithmetic.plain(limit),
            )
        )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _prepare_create_values(self, vals_list):
        """Add values that users may not choose: who, when, and the totals."""
        own = {"user_id": self.env.uid, "date": fields.Datetime.now()}
        given = {}
        for vals in vals_list:
            score = self.env["revisit.score"].browse(vals.get("score_id"))
            self._check_points(vals.get("points"), score)
            if score not in given:
                given[score] = score.adjustment_ids.mapped("points")
            before = score._get_settled_total(given[score])
            points = float(vals.get("points") or 0)
            score._check_within_scale(given[score], points)
            given[score].append(points)
            after = score._get_settled_total(given[score])
            vals.update(own, total_before=before, total_after=after)
        return super()._prepare_create_values(vals_list)

    @api.model_create_multi
    def create(self, vals_list):
        adjustments = super().create(vals_list)
        for score, entries in adjustments.grouped("score_id").items():
            score._note_adjustments(entries)
        if self.env.context.get("revisit_rejudge_later") is not REJUDGE_LATER:
            adjustments.assessment_id._rejudge()
        return adjustments

    def write(self, vals):
        if self and vals:
            self._check_locked()
            self._refuse_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        self._refuse_change()

    def _refuse_change(self):
        """Raise: an adjustment is never changed or deleted, only taken back."""
        for adjustment in self:
            raise UserError(
                self.env._(
                    "The adjustment of %(subject)s by %(points)s points is recorded and"
                    " stays as it is. Take it back with a reason, then enter another"
                    " one.",
                    subject=adjustment.score_id.subject_name,
                    points=arithmetic.plain(adjustment.points),
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_take_back(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Back an Adjustment"),
            "res_model": "revisit.score.take.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_adjustment_id": self.id},
        }

    def action_take_back(self, reason):
        """Take adjustments back by a new entry, which refers to the first one.

        :param reason: text, required
        """
        if not self.env.su and not self.env.user.has_group(
            "revisit_management.group_manager"
        ):
            raise AccessError(
                self.env._("Only callback managers take adjustments back.")
            )
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, 2000
        )
        if not reason:
            raise UserError(self.env._("Give the reason why it is taken back."))
        for adjustment in self:
            if adjustment.is_taken_back or adjustment.reverses_id:
                raise UserError(
                    self.env._(
                        "%(reason)s: it is taken back already, or takes another one"
                        " back. Enter a new adjustment instead.",
                        reason=adjustment.reason,
                    )
                )
        return self.create(
            [
                {
                    "score_id": adjustment.score_id.id,
                    "points": -adjustment.points,
                    "reason": reason,
                    "reverses_id": adjustment.id,
                }
                for adjustment in self
            ]
        )
