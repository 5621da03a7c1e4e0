# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

FROZEN = ("published", "closed")


class ScorePortal(CustomerPortal):
    """A dealer's published scores, for the dealer's portal users."""

    def _get_revisit_score_domain(self):
        """Return a domain narrower than record rules, which let colleagues see more."""
        return [
            ("state", "in", FROZEN),
            ("subject_kind", "=", "dealer"),
            ("dealer_id", "=", request.env.user.commercial_partner_id.id),
        ]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "revisit_score_count" in counters:
            Score = request.env["revisit.score"]
            values["revisit_score_count"] = 0
            if Score.has_access("read"):
                values["revisit_score_count"] = Score.search_count(
                    self._get_revisit_score_domain()
                )
        return values

    @http.route(
        ["/my/revisit/scores", "/my/revisit/scores/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_scores(self, page=1, **_kwargs):
        Score = request.env["revisit.score"]
        if not Score.has_access("read"):
            return request.redirect("/my")
        domain = self._get_revisit_score_domain()
        pages = pager(
            url="/my/revisit/scores",
            total=Score.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        scores = Score.search(
            domain,
            order="date_to desc, id desc",
            limit=self._items_per_page,
            offset=pages["offset"],
        )
        values = self._prepare_portal_layout_values()
        scores_sudo = scores.sudo()  # names of schemes; access was checked above
        values.update(
            scores=scores_sudo,
            counts={run.id: run.rated_count for run in scores_sudo.assessment_id},
            pager=pages,
            page_name="revisit_score",
            default_url="/my/revisit/scores",
        )
        return request.render("revisit_scoring.portal_my_scores", values)

    @http.route(
        "/my/revisit/scores/<int:score_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_score(self, score_id, **_kwargs):
        domain = [("id", "=", score_id), *self._get_revisit_score_domain()]
        try:
            score = request.env["revisit.score"].search(domain)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not score:
            return request.redirect("/my/revisit/scores")
        score_sudo = score.sudo()  # names of scheme and assessors; access was checked
        values = self._prepare_portal_layout_values()
        values.update(
            score=score_sudo,
            rated_count=score_sudo.assessment_id.rated_count,
            page_name="revisit_score",
        )
        return request.render("revisit_scoring.portal_my_score", values)
