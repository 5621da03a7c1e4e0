# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""From metric definitions to one set-based SELECT per population.

Metrics that share a model and a path to the subject form a population. One scan gives
each record a bit mask (counted and numerator, per metric, by its own date and domain);
all metrics are FILTER aggregates on that mask, grouped by subject; the same scan
collects the evidence (ids, bit mask, values).
"""

import ast
from collections import defaultdict, namedtuple
from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import SQL

# Two bits per metric (counted, numerator) in an int4 mask.
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
    """Return the (counted, numerator) bits of the metric at a position."""
    return COUNTED << 2 * position, OF_WHICH << 2 * position


def parse_domain(text):
    """Return a domain typed by an administrator; only literals, without evaluation."""
    return Domain(ast.literal_eval((text or "").strip() or "[]"))


def walk_path(model, path, query):
    """Follow a dotted path of many2one fields; return (model, alias, last field).

    The joins ignore record rules and ``active``, so that counted records stay counted.
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
    """Metrics that are counted in one scan."""

    env: object
    model_name: str
    subject_path: str
    subject_model: str
    metrics: object = ()

    @property
    def key(self):
        """A text that identifies this population within an assessment."""
        codes = (metric.code for metric in self.metrics)
        return "|".join([self.model_name, self.subject_path, *codes])

    @property
    def value_fields(self):
        """The value fields of averages and sums, in the order of ``vals``."""
        names = (metric.value_field for metric in self.metrics if metric.has_value)
        return list(dict.fromkeys(names))

    @property
    def value_names(self):
        """The value field of each metric, None where it only counts."""
        return [
            metric.value_field if metric.has_value else None for metric in self.metrics
        ]

    # -- parts of the query ---------------------------------------------------

    def _model(self):
        if self.model_name not in self.env:
            raise DefinitionError("model_name", f"no model {self.model_name!r}")
        # counts must not depend on the user who computes
        return self.env[self.model_name].sudo().with_context(active_test=False)

    def _period_domain(self, model, metric, bounds):
        """Return the domain of a period.

        :param bounds: dates for a Date field, UTC datetimes for a Datetime field
        """
        name = metric.date_field
        date_field = model._fields.get(name)
        if date_field is None or date_field.type not in ("date", "datetime"):
            raise DefinitionError(
                "date_field", f"{name!r} is no date of {self.model_name}"
            )
        if date_field.type == "date":
            start, last = bounds.days
            return Domain(name, ">=", start) & Domain(name, "<=", last)
        start, end = bounds.moments
        first, final = (">", "<=") if metric.date_is_end else (">=", "<")
        return Domain(name, first, start) & Domain(name, final, end)

    def _compile(self, company, subjects):
        """Return (model, query, subject SQL) of the company's records."""
        # "today" in a condition is the company's, whoever computes
        model = self._model().with_context(tz=company._revisit_tz())
        domain = Domain.TRUE
        if "company_id" in model._fields:
            domain = Domain("company_id", "=", company.id)
        query = model._search(domain)
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

    def _condition(self, model, query, metric, step, extra=Domain.TRUE):
        """Return SQL of a metric's condition, or None if every record meets it."""
        try:
            domain = (parse_domain(metric[step]) & extra).optimize_full(model)
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

    def _get_flags(self, model, query, metric):
        """Return (counted condition, numerator condition) within the population."""
        counted = self._condition(model, query, metric, "denominator_domain")
        which = None
        if metric.measure != "average":
            which = self._condition(model, query, metric, "numerator_domain")
        if metric.has_value:
            value = self._value_sql(model, query, metric)
            counted = _both(counted, SQL("%s IS NOT NULL", value))
        return counted, _both(counted, which)

    def _get_bases(self, model, query, bounds):
        """Return [(period and population, [(position, flags)])] of the metrics."""
        bases = {}
        for position, metric in enumerate(self.metrics):
            key = (metric.date_field, metric.date_is_end, metric.domain)
            if key not in bases:
                period = self._period_domain(model, metric, bounds)
                base = self._condition(model, query, metric, "domain", period)
                bases[key] = (base, [])
            bases[key][1].append((position, self._get_flags(model, query, metric)))
        return list(bases.values())

    def _get_records(self, bounds, company, subjects):
        """Return a SELECT of each record: subject_id, id, mask, and values v0, v1, ...

        OFFSET 0 keeps PostgreSQL from copying the conditions of the mask into every
        aggregate that uses it.
        """
        model, query, subject = self._compile(company, subjects)
        bases = self._get_bases(model, query, bounds)
        wanted, masks = [], []
        for base, rows in bases:
            counted = [flags[0] for _position, flags in rows]
            some = SQL("(%s)", SQL(" OR ").join(counted)) if all(counted) else None
            wanted.append(SQL("(%s)", _both(base, some)))
            bits = SQL(" + ").join(
                bit
                for position, flags in rows
                for bit in map(_bit, flags, metric_bits(position))
            )
            masks.append(bits if len(bases) == 1 else _bit(base, bits))
        query.add_where(SQL("(%s)", SQL(" OR ").join(wanted)))
        values = [
            SQL(
                "%s::numeric AS %s",
                model._field_to_sql(query.table, name, query),
                self._value_alias(name),
            )
            for name in self.value_fields
        ]
        return SQL(
            "%s OFFSET 0",
            query.select(
                SQL("%s AS subject_id", subject),
                SQL("%s AS id", SQL.identifier(query.table, "id")),
                SQL("(%s)::int4 AS mask", SQL(" + ").join(masks)),
                *values,
            ),
        )

    def _value_alias(self, name):
        return SQL.identifier(f"v{self.value_fields.index(name)}")

    def _get_numerator(self, position, metric):
        which = metric_bits(position)[1]
        if not metric.has_value:
            return SQL("count(*) FILTER (WHERE mask & %s <> 0)", which)
        return SQL(
            "coalesce(sum(%s) FILTER (WHERE mask & %s <> 0), 0)",
            self._value_alias(metric.value_field),
            which,
        )

    def select(self, bounds, company, subjects=None):
        """Return the grouped SELECT: subject_id, ids, mask, vals, nums, dens.

        :param bounds: :class:`Bounds` of the period
        :param company: the company whose records are counted
        :param subjects: SQL sub-select of the subjects to count, None for all;
            records without a subject are always counted, so that they can be reported
        """
        nums, dens = [], []
        for position, metric in enumerate(self.metrics):
            counted = metric_bits(position)[0]
            nums.append(self._get_numerator(position, metric))
            dens.append(SQL("count(*) FILTER (WHERE mask & %s <> 0)", counted))
        vals = SQL("NULL::numeric[]")
        if self.value_fields:
            aliases = SQL(", ").join(map(self._value_alias, self.value_fields))
            vals = SQL("array_agg(ARRAY[%s])", aliases)
        return SQL(
            """
            SELECT subject_id, array_agg(id) AS ids, array_agg(mask) AS mask,
                   %(vals)s AS vals, ARRAY[%(nums)s]::numeric[] AS nums,
                   ARRAY[%(dens)s]::int4[] AS dens
              FROM (%(records)s) record
             GROUP BY subject_id
            """,
            vals=vals,
            nums=SQL(", ").join(nums),
            dens=SQL(", ").join(dens),
            records=self._get_records(bounds, company, subjects),
        )


def _both(first, second):
    if first is None or second is None:
        return first or second
    return SQL("%s AND %s", first, second)


def _bit(condition, bit):
    if condition is None:
        return SQL("%s", bit)
    return SQL("CASE WHEN %s THEN %s ELSE 0 END", condition, bit)


def group_metrics(metrics, subject_kind):
    """Group metrics into populations that one scan each can count."""
    groups = defaultdict(metrics.browse)
    for metric in metrics:
        groups[metric.model_name, metric._get_subject_path(subject_kind)] |= metric
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
