# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, is_html_empty

from ...tools.tasks import heard

# as many answers are offered in a talk
OFFERED = 5
ACTIVITY = "revisit_management.activity_type_knowledge_review"


class RevisitKnowledge(models.Model):
    """An answer that somebody has found before, kept current by its owner.

    It is about products, their categories or categories of issues, and is found where
    one of these is talked about. Agents read what is published; supervisors write. The
    answer is formatted text without any script, whoever has typed it.
    """

    _name = "revisit.knowledge"
    _description = "Knowledge"
    _inherit = ["revisit.protected.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "used_count desc, id desc"
    _rec_names_search = ["name", "answer", "tips"]
    _check_company_auto = True

    _server_owned = {
        "callback_ids",
        "issue_id",
        "published_at",
        "published_by_id",
        "review_reminded_on",
        "state",
        "used_count",
    }

    name = fields.Char(
        string="Question", required=True, translate=True, tracking=True, index="trigram"
    )
    answer = fields.Html(translate=True, index="trigram")
    tips = fields.Text(
        translate=True,
        index="trigram",
        help="What helps in the talk, and what to avoid.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    product_ids = fields.Many2many(
        comodel_name="product.product",
        relation="revisit_knowledge_product_rel",
        column1="knowledge_id",
        column2="product_id",
        string="Products",
        check_company=True,
    )
    product_category_ids = fields.Many2many(
        comodel_name="product.category",
        relation="revisit_knowledge_product_category_rel",
        column1="knowledge_id",
        column2="category_id",
        string="Product Categories",
        help="With the categories below them.",
    )
    issue_category_ids = fields.Many2many(
        comodel_name="revisit.issue.category",
        relation="revisit_knowledge_issue_category_rel",
        column1="knowledge_id",
        column2="category_id",
        string="Issue Categories",
        check_company=True,
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        ondelete="restrict",
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False)]",
        help="Who keeps it current.",
    )
    review_on = fields.Date(
        tracking=True, help="The day on which its owner looks whether it is still true."
    )
    review_reminded_on = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("published", "Published"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    published_at = fields.Datetime(string="Published On", readonly=True, copy=False)
    published_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    used_count = fields.Integer(
        string="Used",
        default=0,
        readonly=True,
        copy=False,
        help="In how many talks it was opened.",
    )
    callback_ids = fields.Many2many(
        comodel_name="revisit.callback",
        relation="revisit_knowledge_callback_rel",
        column1="knowledge_id",
        column2="callback_id",
        string="Used In",
        readonly=True,
        copy=False,
        groups="revisit_management.group_supervisor",
    )
    issue_id = fields.Many2one(
        comodel_name="revisit.issue",
        string="Offered From",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="revisit_management.group_supervisor",
        help="The issue whose solution it was.",
    )

    _issue_unique = models.UniqueIndex(
        "(issue_id) WHERE issue_id IS NOT NULL",
        "The solution of this issue is offered as knowledge already.",
    )
    _published_idx = models.Index(
        "(company_id, used_count DESC, id DESC) WHERE state = 'published'"
    )
    _review_idx = models.Index(
        "(review_on) WHERE state = 'published' AND review_on IS NOT NULL"
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("owner_id", "company_id")
    def _check_owner_id(self):
        for knowledge in self.filtered("owner_id"):
            owner = knowledge.owner_id
            if not owner._revisit_works_in(knowledge.company_id) or (
                # whoever chooses an owner need not be able to read the user's groups
                not owner.sudo().has_group("revisit_management.group_supervisor")
            ):
                raise ValidationError(
                    self.env._(
                        "%(knowledge)s: %(user)s may not change knowledge of"
                        " %(company)s. Choose a supervisor of that company.",
                        knowledge=knowledge.name,
                        user=owner.name,
                        company=knowledge.company_id.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.filtered(lambda knowledge: knowledge.state != "draft")
        if used:
            raise UserError(
                self.env._(
                    "%(knowledge)s was published, so it stays. Retire it if it is not"
                    " true any more.",
                    knowledge=used[0].name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_publish(self):
        """Let agents find it.

        :raise AccessError: the user is no supervisor
        :raise UserError: there is no answer, no owner, or nothing that it is about
        """
        self._check_may_decide()
        for knowledge in self:
            knowledge._check_complete()
        self._step(
            {
                "state": "published",
                "published_at": fields.Datetime.now(),
                "published_by_id": self.env.uid,
            }
        )
        # the task may be the owner's
        heard(self.sudo()).activity_unlink([ACTIVITY])
        return True

    def action_retire(self):
        """Hide from agents what is not true any more."""
        self._check_may_decide()
        self._step({"state": "retired"})
        # the task may be the owner's
        heard(self.sudo()).activity_unlink([ACTIVITY])
        return True

    def action_redraft(self):
        """Take it back to work on it: agents do not find it meanwhile."""
        self._check_may_decide()
        self._step({"state": "draft"})
        return True

    def _check_may_decide(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors publish and retire knowledge. Tell yours what is"
                    " missing or wrong."
                )
            )
        self.check_access("write")

    def _check_complete(self):
        self.ensure_one()
        if is_html_empty(self.answer):
            raise UserError(
                self.env._(
                    "%(knowledge)s has no answer yet: write it before you publish it.",
                    knowledge=self.name,
                )
            )
        if not self.owner_id:
            raise UserError(
                self.env._(
                    "%(knowledge)s has no owner: choose who keeps it current.",
                    knowledge=self.name,
                )
            )
        if not (
            self.product_ids or self.product_category_ids or self.issue_category_ids
        ):
            raise UserError(
                self.env._(
                    "%(knowledge)s would never be found in a talk: choose the products,"
                    " product categories or issue categories that it is about.",
                    knowledge=self.name,
                )
            )

    # ------------------------------------------------------------
    # FINDING AND USING
    # ------------------------------------------------------------

    @api.model
    def _find_about(self, company, products, categories):
        """Return the published answers about a talk, the most used first.

        :param company: of the record that is talked about
        :param products: ``product.product`` (sudo)
        :param categories: ``revisit.issue.category`` (sudo)
        :return: at most five, of what the user may read
        """
        about = []
        if products:
            about.append(Domain("product_ids", "in", products.ids))
            paths = products.categ_id.mapped("parent_path")
            above = {int(part) for path in paths for part in path.split("/") if part}
            about.append(Domain("product_category_ids", "in", list(above)))
        if categories:
            about.append(Domain("issue_category_ids", "in", categories.ids))
        if not about or not self.has_access("read"):
            return self.browse()
        return self.search(
            Domain("state", "=", "published")
            & Domain("company_id", "=", company.id)
            & Domain.OR(about),
            limit=OFFERED,
        )

    def _note_use(self, callback):
        """Count that it was opened in a talk, once for each talk.

        :param callback: leader of the conversation, which the user may read
        """
        self.ensure_one()
        self.check_access("read")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_knowledge_callback_rel (knowledge_id, callback_id)
                VALUES (%s, %s) ON CONFLICT DO NOTHING
                """,
                self.id,
                callback.id,
            )
        )
        if self.env.cr.rowcount:
            self.env.cr.execute(
                SQL(
                    "UPDATE revisit_knowledge SET used_count = used_count + 1"
                    " WHERE id = %s",
                    self.id,
                )
            )
        self.invalidate_recordset(["callback_ids", "used_count"])

    # ------------------------------------------------------------
    # KEEPING IT CURRENT
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_reviews(self):
        """Remind each owner of an answer whose review is due, once per date."""
        due = self.search(
            [
                ("state", "=", "published"),
                ("review_on", "!=", False),
                ("owner_id.active", "=", True),
                # no company's day is further ahead
                ("review_on", "<=", fields.Date.add(fields.Date.today(), days=1)),
            ]
        ).filtered(lambda knowledge: knowledge._is_review_due())
        for knowledge in due:
            told = knowledge.with_context(lang=knowledge.owner_id.lang)
            heard(told).activity_schedule(
                ACTIVITY,
                date_deadline=knowledge.review_on,
                summary=told.env._("Is it still true?"),
                user_id=knowledge.owner_id.id,
            )
            knowledge.review_reminded_on = knowledge.review_on

    def _is_review_due(self):
        self.ensure_one()
        return (
            self.review_reminded_on != self.review_on
            and self.review_on <= self.company_id._revisit_today()
        )
