# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""From metric definitions to one set-based SELECT per population.

A population is what several metrics share: model, date field, base domain and the path
to the subject. All metrics of a population are FILTER aggregates of one scan, grouped
by subject; the same scan collects the evidence (ids, bit mask, values).
"""

import ast
from collections import defaultdict, namedtuple
from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import SQL

# Two bits per metric (counted, of which) in an int4 mask.
MAX_METRICS = 15
COUNTED, OF_WHICH = 1, 2


# Inclusive local days, and the same as half-open naive UTC moments.
Bounds = namedtuple("Bounds", "days moments")


class DefinitionError(Exception):
    """A metric cannot be compiled; ``step`` names the field of the definition."""

    def __init__(self, step, message):
        super().__init__(message)
        self.step = step


def metric_bits(position):
    """(counted, of which) bits of the metric at a position in its population."""
    return COUNTED << 2 * position, OF_WHICH << 2 * position


def parse_domain(text):
    """A domain typed by an administrator: literals only, nothing is evaluated."""
    return Domain(ast.literal_eval((text or "").strip() or "[]"))


def walk_path(model, path, query):
    """Follow a dotted path of many2one fields; return (model, alias, last field).

    The joins apply neither record rules nor ``active``: what was counted stays counted.
    """
    alias = query.table
    *steps, last = path.split(".")
    for step in steps:
        step_field = model._fields.get(step)
        if step_field is None or step_field.type != "many2one":
            raise ValueError(f"{step!r} is no many2one field of {model._name}")
        model, alias = step_field.join(model, alias, query)
    if last not in model._fields:
        raise ValueError(f"{model._name} has no field {last!r}")
    return model, alias, model._fields[last]


@dataclass
class Population:
    """Metrics that are counted by one scan."""

    env: object
    model_name: str
    date_field: str
    date_is_end: bool
    domain: str
    subject_path: str
    subject_model: str
    metrics: object = ()

    @property
    def key(self):
        """Text that tells this population from the others of an assessment."""
        parts = [self.model_name, self.date_field, self.domain, self.subject_path]
        return "|".join([*parts, *(metric.code for metric in self.metrics)])

    @property
    def value_fields(self):
        """Value fields of the averages and sums, in the order of ``vals``."""
        names = (metric.value_field for metric in self.metrics if metric.has_value)
        return list(dict.fromkeys(names))

    # -- parts of the query ---------------------------------------------------

    def _model(self):
        if self.model_name not in self.env:
            raise DefinitionError("model_name", f"no model {self.model_name!r}")
        return self.env[self.model_name].sudo().with_context(active_test=False)

    def _period_domain(self, model, bounds):
        """``bounds``: dates for a Date field, UTC datetimes for a Datetime field."""
        date_field = model._fields.get(self.date_field)
        if date_field is None or date_field.type not in ("date", "datetime"):
            raise DefinitionError(
                "date_field", f"{self.date_field!r} is no date of {self.model_name}"
            )
        if date_field.type == "date":
            start, last = bounds.days
            return Domain(self.date_field, ">=", start) & Domain(
                self.date_field, "<=", last
            )
        start, end = bounds.moments
        first, final = (">", "<=") if self.date_is_end else (">=", "<")
        return Domain(self.date_field, first, start) & Domain(
            self.date_field, final, end
        )

    def _compile(self, bounds, company, subjects):
        """Return (query, subject SQL) of the base population."""
        model = self._model()
        try:
            domain = parse_domain(self.domain) & self._period_domain(model, bounds)
            if "company_id" in model._fields:
                domain &= Domain("company_id", "=", company.id)
            query = model._search(domain)
        except DefinitionError:
            raise
        except Exception as error:
            raise DefinitionError("domain", str(error)) from error
        subject = self._subject_sql(model, query)
        if subjects is not None:
            query.add_where(SQL("(%s IS NULL OR %s IN %s)", subject, subject, subjects))
        return model, query, subject

    def _subject_sql(self, model, query):
        try:
            owner, alias, subject = walk_path(model, self.subject_path, query)
            if subject.type != "many2one" or subject.comodel_name != self.subject_model:
                raise ValueError(
                    f"{self.subject_path!r} does not lead to {self.subject_model}"
                )
            return owner._field_to_sql(alias, subject.name, query)
        except Exception as error:
            raise DefinitionError("subject", str(error)) from error

    def _condition(self, model, query, metric, step):
        """SQL of a flag of a metric, or None where it holds for every record."""
        try:
            domain = parse_domain(metric[step]).optimize_full(model)
            if domain.is_true():
                return None
            if domain.is_false():
                return SQL("FALSE")
            return SQL("(%s)", domain._to_sql(model, query.table, query))
        except Exception as error:
            raise DefinitionError(step, str(error)) from error

    def _value_sql(self, model, query, metric):
        name = metric.value_field
        value = model._fields.get(name)
        if value is None or value.type not in ("float", "integer", "monetary"):
            raise DefinitionError("value_field", f"{name!r} is no number field")
        try:
            return SQL("%s::numeric", model._field_to_sql(query.table, name, query))
        except Exception as error:
            raise DefinitionError("value_field", str(error)) from error

    def _aggregates(self, model, query):
        """Return per metric (counted condition, numerator, denominator, mask)."""
        rows = []
        for position, metric in enumerate(self.metrics):
            counted = self._condition(model, query, metric, "denominator_domain")
            which = self._condition(model, query, metric, "numerator_domain")
            value = None
            if metric.has_value:
                value = self._value_sql(model, query, metric)
                counted = _both(counted, SQL("%s IS NOT NULL", value))
            if metric.measure == "average":
                which = None
            hits = _both(counted, which)
            numerator = _filtered(
                SQL("sum(%s)", value) if value else SQL("count(*)"), hits
            )
            counted_bit, which_bit = metric_bits(position)
            rows.append(
                (
                    counted,
                    SQL("coalesce(%s, 0)", numerator),
                    _filtered(SQL("count(*)"), counted),
                    SQL("%s + %s", _bit(counted, counted_bit), _bit(hits, which_bit)),
                )
            )
        return rows

    def select(self, bounds, company, subjects=None):
        """The grouped SELECT: subject_id, ids, mask, vals, nums, dens.

        :param bounds: :class:`Bounds` of the period
        :param subjects: SQL sub-select of the subjects to count, None for all;
            records without a subject are always counted, to be told to the reader
        """
        model, query, subject = self._compile(bounds, company, subjects)
        rows = self._aggregates(model, query)
        values = [
            SQL("%s::numeric", model._field_to_sql(query.table, name, query))
            for name in self.value_fields
        ]
        conditions = [counted for counted, *_rest in rows]
        if all(conditions):
            query.add_where(SQL("(%s)", SQL(" OR ").join(conditions)))
        vals = SQL("NULL::numeric[]")
        if values:
            vals = SQL("array_agg(ARRAY[%s])", SQL(", ").join(values))
        query.groupby = subject
        return query.select(
            SQL("%s AS subject_id", subject),
            SQL("array_agg(%s) AS ids", SQL.identifier(query.table, "id")),
            SQL("array_agg((%s)::int4) AS mask", SQL(" + ").join(r[3] for r in rows)),
            SQL("%s AS vals", vals),
            SQL("ARRAY[%s]::numeric[] AS nums", SQL(", ").join(r[1] for r in rows)),
            SQL("ARRAY[%s]::int4[] AS dens", SQL(", ").join(r[2] for r in rows)),
        )


def _both(first, second):
    if first is None or second is None:
        return first or second
    return SQL("%s AND %s", first, second)


def _filtered(aggregate, condition):
    if condition is None:
        return aggregate
    return SQL("%s FILTER (WHERE %s)", aggregate, condition)


def _bit(condition, bit):
    if condition is None:
        return SQL("%s", bit)
    return SQL("CASE WHEN %s THEN %s ELSE 0 END", condition, bit)


def group_metrics(metrics, subject_kind):
    """Group metrics into populations that one scan each can count."""
    groups = defaultdict(metrics.browse)
    for metric in metrics:
        path = metric._get_subject_path(subject_kind)
        key = (
            metric.model_name,
            metric.date_field,
            metric.date_is_end,
            (metric.domain or "").strip() or "[]",
            path,
        )
        groups[key] |= metric
    populations = []
    for key, members in groups.items():
        for start in range(0, len(members), MAX_METRICS):
            populations.append(
                Population(
                    metrics.env,
                    *key,
                    subject_model=metrics._get_subject_model(subject_kind),
                    metrics=members[start : start + MAX_METRICS],
                )
            )
    return populations
