# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime, formatLang


class RevisitTrace(models.Model):
    """Append-only log of values that were changed after they had been recorded.

    How it works: models that inherit ``revisit.traced.mixin`` list the fields on which
    scores and results depend. The mixin compares the values in its innermost ``write``,
    so that no path (form, import, external API, portal, a step with sudo) and no
    context key that silences the chatter can bypass it. Values are stored as they are,
    and put into words in the reader's language when they are shown.

    No user creates, changes or deletes a trace directly. Whoever may read the record
    that shows it may read the trace.
    """

    _name = "revisit.trace"
    _description = "Changed Value"
    _inherit = ["revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "field_label"
    _rec_names_search = ["field_name"]

    _server_owned = {
        "at",
        "company_id",
        "field_name",
        "old_file",
        "part",
        "part_model",
        "res_id",
        "res_model",
        "user_id",
        "value_pair",
    }

    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, ondelete="cascade", index=True
    )
    part = fields.Char(
        readonly=True, help="The part of the record that was changed, e.g. an attempt."
    )
    part_model = fields.Char(required=True, readonly=True)
    field_name = fields.Char(required=True, readonly=True)
    field_label = fields.Char(string="Field", compute="_compute_texts")
    value_pair = fields.Json(required=True, readonly=True)
    old_text = fields.Char(string="Old Value", compute="_compute_texts")
    new_text = fields.Char(string="New Value", compute="_compute_texts")
    old_file = fields.Binary(
        string="File Before",
        readonly=True,
        attachment=True,
        help="The file that was replaced or taken away, e.g. a signature.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Changed By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    at = fields.Datetime(
        string="Changed On", required=True, readonly=True, default=fields.Datetime.now
    )

    _res_idx = models.Index("(res_model, res_id)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("value_pair", "field_name", "part_model")
    @api.depends_context("lang", "tz")
    def _compute_texts(self):
        for trace in self:
            model = self.env.get(trace.part_model)
            field = model is not None and model._fields.get(trace.field_name)
            pair = trace.value_pair or {}
            trace.field_label = (
                field._description_string(self.env) if field else trace.field_name
            )
            trace.old_text = trace._get_text(field, pair.get("old"))
            trace.new_text = trace._get_text(field, pair.get("new"))

    def _get_text(self, field, value):
        """Return a stored value in the reader's words, or a dash if it is empty."""
        kind = field.type if field else False
        if kind == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value is None:
            return "-"
        if kind == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if kind == "datetime":
            moment = fields.Datetime.to_datetime(value)
            return format_datetime(self.env, moment, dt_format="yyyy-MM-dd HH:mm:ss")
        if kind == "date":
            return format_date(self.env, fields.Date.to_date(value))
        if kind == "float":
            return formatLang(self.env, value, digits=2)
        if isinstance(value, list):
            # a linked record: its id, and its name at the time of the change
            return value[1]
        return str(value)

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        bypass_access=False,
        **kwargs,
    ):
        """Find only the traces of records that the user may read."""
        if self.env.su or bypass_access:
            return super()._search(
                domain, offset, limit, order, bypass_access=True, **kwargs
            )
        query = super()._search(domain, order=order, **kwargs)
        readable = self.browse(query)._filter_readable()
        stop = None if limit is None else offset + limit
        return readable[offset:stop]._as_query()

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if result or self.env.su or not self:
            return result
        hidden = self - self._filter_readable()
        if hidden:
            return hidden, lambda: hidden._make_access_error(operation)
        return None

    def _filter_readable(self):
        """Return the traces of records that the user may read, in their order."""
        # sudo only to find out to which records the traces belong
        owners = {}
        for trace in self.sudo():
            owners.setdefault(trace.res_model, set()).add(trace.res_id)
        allowed = set()
        for name, ids in owners.items():
            model = self.env.get(name)
            if model is None or not model.has_access("read"):
                continue
            found = model.with_context(active_test=False).search(
                Domain("id", "in", list(ids))
            )
            allowed |= {(name, record_id) for record_id in found.ids}
        # only those that the user's own searches have found
        readable = self.sudo().filtered(lambda t: (t.res_model, t.res_id) in allowed)
        return readable.with_env(self.env)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of a change is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The record of a change is never deleted."))
