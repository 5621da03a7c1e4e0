# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitPlannerSet(models.AbstractModel):
    """Refuses an extension for one planner only, as both must decide the same."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BOTH HALVES
    # ------------------------------------------------------------

    def _register_hook(self):
        super()._register_hook()
        self._check_extensions()

    @api.model
    def _check_extensions(self):
        """Refuse to start if an extension lacks its Python or its SQL half.

        :raise TypeError: names the missing half, and where it belongs
        """
        policies = self.env["revisit.policy"]
        for field, name in (
            ("assignment", "_get_assignments"),
            ("recurrence", "_get_recurrences"),
        ):
            for value in policies._fields[field].get_values(self.env):
                if value not in getattr(self, name)():
                    raise TypeError(
                        f"revisit.planner: {name}() lacks the {field} {value!r}."
                    )
        reasons = self.env["revisit.planning.skip"]._fields["reason"]
        for reason in self._get_skip_rules():
            if reason not in reasons.get_values(self.env):
                raise TypeError(
                    f"revisit.planning.skip: the field reason lacks {reason!r}, which"
                    " _get_skip_rules() returns."
                )
        for table in ("_get_assignments", "_get_skip_rules", "_get_recurrences"):
            for key, halves in getattr(self, table)().items():
                for half, name in halves._asdict().items():
                    model = policies if half == "explain" else self
                    if name is not False and not callable(getattr(model, name, None)):
                        raise TypeError(
                            f"{model._name}: {table}() names {name!r} as the half"
                            f" {half!r} of {key!r}, and there is no such method."
                        )
