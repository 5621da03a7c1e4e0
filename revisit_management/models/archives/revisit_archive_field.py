# Part of Revisit. See LICENSE file for full copyright and licensing details.
from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL, ormcache

CUSTOMER, PRODUCT = "res.partner", "revisit.archive.line"
TEXTS = ("char", "text", "html")
NUMBERS = ("integer", "float", "monetary")
SINGLE = ("date", "datetime", "many2one", "reference", "selection")
# fields that can be empty; a box that is not ticked is an answer, too
KINDS = (*TEXTS, *NUMBERS, *SINGLE, "many2many", "one2many")


class RevisitArchiveField(models.Model):
    """A field that a rulebook wants filled in, of the customer or of each product.

    The field is named as text: when an app is removed, its fields go with it, and the
    row says so and asks for nothing.
    """

    _name = "revisit.archive.field"
    _description = "Required Field of Archives"
    _inherit = ["revisit.protected.mixin", "revisit.reading.mixin"]
    _order = "rulebook_id, sequence, id"
    _rec_name = "field_name"

    _server_owned = {"company_id"}

    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="rulebook_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    model_name = fields.Selection(
        selection=[(CUSTOMER, "Customer"), (PRODUCT, "Installed Product")],
        string="Of",
        required=True,
        default=CUSTOMER,
    )
    field_name = fields.Char(
        string="Technical Name", required=True, help="The field's name inside Odoo."
    )
    choice = fields.Selection(
        selection="_get_choices",
        string="Field",
        compute="_compute_choice",
        readonly=False,
        store=False,
    )
    label = fields.Char(string="Required Field", compute="_compute_label")
    is_required = fields.Boolean(
        string="Counts",
        default=True,
        help="Archives without it are incomplete. Otherwise it is only shown when"
        " somebody fills in an archive.",
    )
    applies_to = fields.Selection(
        selection=[
            ("all", "All Customers"),
            ("person", "Persons"),
            ("company", "Companies"),
        ],
        string="Asked of",
        required=True,
        default="all",
    )
    problem = fields.Char(compute="_compute_problem")

    _field_unique = models.UniqueIndex(
        "(rulebook_id, model_name, field_name)",
        "This rulebook asks for this field already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_choices(self):
        """Return the fields that can be asked for, with the labels of their screens."""
        choices = []
        for model, kind in self._fields["model_name"]._description_selection(self.env):
            labels = sorted(
                (field._description_string(self.env), name)
                for name, field in self.env[model]._fields.items()
                if self._is_checkable(field) and name not in MAGIC_COLUMNS
            )
            choices += [
                (f"{model}/{name}", f"{kind}: {label} ({name})")
                for label, name in labels
            ]
        return choices

    @api.depends("model_name", "field_name")
    def _compute_choice(self):
        for row in self:
            known = not row._get_problem()
            row.choice = known and f"{row.model_name}/{row.field_name}"

    @api.depends("model_name", "field_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for row in self:
            field = row._get_field()
            row.label = field._description_string(self.env) if field else row.field_name

    @api.depends("model_name", "field_name")
    @api.depends_context("lang")
    def _compute_problem(self):
        for row in self:
            row.problem = row._get_problem()

    @api.onchange("choice")
    def _onchange_choice(self):
        if self.choice:
            model, _slash, name = self.choice.partition("/")
            self.model_name, self.field_name = model, name

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("model_name", "field_name")
    def _check_field_name(self):
        for row in self:
            if problem := row._get_problem():
                raise ValidationError(problem)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create([self._spell(vals) for vals in vals_list])
        self._follow()
        return rows

    def write(self, vals):
        result = super().write(self._spell(vals))
        self._follow()
        return result

    def unlink(self):
        result = super().unlink()
        self._follow()
        return result

    @api.model
    def _spell(self, vals):
        """Return the values with the chosen field by its names."""
        if not vals.get("choice"):
            return vals
        model, _slash, name = vals["choice"].partition("/")
        rest = {key: value for key, value in vals.items() if key != "choice"}
        return {**rest, "model_name": model, "field_name": name}

    @api.model
    def _follow(self):
        """Have the archives counted anew, as something else is asked for now."""
        self.env.registry.clear_cache()
        self.env["revisit.archive"]._poke()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _is_checkable(self, field):
        """Return whether the database knows of each record if the field is filled."""
        if field.type == "one2many":
            inverse = self.env[field.comodel_name]._fields.get(field.inverse_name)
            return bool(inverse and inverse.store and inverse.type == "many2one")
        return bool(
            field.store
            and field.type in KINDS
            and not field.company_dependent
            and (field.column_type or field.type == "many2many")
        )

    def _get_field(self):
        """Return the field of this Odoo, or None if it has none of this name."""
        self.ensure_one()
        if self.model_name not in self.env:
            return None
        return self.env[self.model_name]._fields.get(self.field_name)

    def _get_problem(self):
        """Return in words why the field cannot be asked for, or False."""
        self.ensure_one()
        if not self.field_name:
            return False
        field = self._get_field()
        if field is None:
            return self.env._(
                "%(field)s does not exist in this Odoo, perhaps because an app was"
                " removed. It is not asked for: choose another field, or remove the"
                " row.",
                field=self.field_name,
            )
        if not self._is_checkable(field):
            return self.env._(
                "Whether %(field)s is filled in cannot be counted. Choose a field with"
                " a text, a number, a date or a link.",
                field=field._description_string(self.env),
            )
        return False

    @api.model
    @ormcache("company_id")
    def _get_asked_ids(self, company_id):
        """Return the ids of the rows that a company's rulebooks ask for, and count."""
        # what is asked is the same for every user
        rows = self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("rulebook_id.state", "=", "installed"),
                ("rulebook_id.active", "=", True),
                ("rulebook_id.asks_archive", "=", True),
            ]
        )
        return tuple(row.id for row in rows if not row._get_problem())

    @api.model
    def _get_asked(self, company, model_name=None, required=True):
        """Return what a company asks for, each field once (sudo).

        :param model_name: of this model only
        :param required: only what counts
        """
        # as above
        rows = self.sudo().browse(self._get_asked_ids(company.id))
        seen, asked = set(), []
        for row in rows.sorted(lambda row: (not row.is_required, row.sequence, row.id)):
            key = (row.model_name, row.field_name)
            is_wanted = not required or row.is_required
            if is_wanted and key not in seen and model_name in (None, row.model_name):
                seen.add(key)
                asked.append(row.id)
        return rows.browse(asked)

    @api.model
    @ormcache("model_name")
    def _get_watched(self, model_name):
        """Return the names of all fields that any company asks for."""
        # what is asked is the same for every user
        rows = self.sudo().search([("model_name", "=", model_name)])
        return frozenset(row.field_name for row in rows if not row._get_problem())

    def _is_asked_of(self, partner):
        self.ensure_one()
        kind = "company" if partner.is_company else "person"
        return self.applies_to in ("all", kind)

    def _prepare_node(self):
        """Return the field as it stands in the dialog that fills in an archive."""
        self.ensure_one()
        node = etree.Element("field", {"name": self.field_name})
        if self.applies_to == "person":
            node.set("invisible", "is_company")
        elif self.applies_to == "company":
            node.set("invisible", "not is_company")
        if self._get_field().type == "many2many":
            node.set("widget", "many2many_tags")
        return node

    # ------------------------------------------------------------
    # FILLED IN, IN PYTHON AND IN SQL
    # ------------------------------------------------------------

    def _is_filled(self, record):
        """Return whether the field of a record is filled in."""
        self.ensure_one()
        value = record[self.field_name]
        return bool(value.strip() if isinstance(value, str) else value)

    def _get_asked_sql(self, partner):
        """Return the SQL of 1 for who is asked for the field, else 0.

        :param partner: alias of the customers
        """
        self.ensure_one()
        if self.applies_to == "all":
            return SQL("1")
        is_company = SQL("COALESCE(%s, FALSE)", SQL.identifier(partner, "is_company"))
        if self.applies_to == "person":
            is_company = SQL("NOT %s", is_company)
        return SQL("(%s)::int", is_company)

    def _get_filled_sql(self, alias):
        """Return the SQL of whether the field of a row is filled in."""
        self.ensure_one()
        field, key = self._get_field(), SQL.identifier(alias, "id")
        if field.type == "many2many":
            return SQL(
                "EXISTS (SELECT FROM %s linked WHERE linked.%s = %s)",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                key,
            )
        if field.type == "one2many":
            Line = self.env[field.comodel_name]
            active = SQL("TRUE")
            if Line._active_name:
                active = SQL.identifier("linked", Line._active_name)
            return SQL(
                "EXISTS (SELECT FROM %s linked WHERE linked.%s = %s AND %s)",
                SQL.identifier(Line._table),
                SQL.identifier(field.inverse_name),
                key,
                active,
            )
        column = SQL.identifier(alias, self.field_name)
        if field.type in NUMBERS:
            return SQL("COALESCE(%s, 0) != 0", column)
        if field.type in TEXTS and not field.translate:
            return SQL(r"COALESCE(%s, '') ~ '\S'", column)
        return SQL("%s IS NOT NULL", column)
