# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Dates of moments in the calendar of the record's company."""

from datetime import date, timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from . import windows

# beyond these dates, some zones have moments that Python or PostgreSQL cannot store
FIRST, LAST = date(1900, 1, 1), date(9000, 1, 1)


class LocalDay(fields.Date):
    """The date of a Datetime field of the same record, in its company's time zone.

    Odoo groups and filters a Datetime by days of the user's time zone. This field uses
    the company's days for every user, and for each record those of its own company.
    Nothing is stored, so a corrected time zone applies at once. The field can be
    searched, grouped and exported, but not edited.

    :param moment: name of a stored Datetime field
    :param company: name of the stored field of the company
    """

    moment = ""
    company = "company_id"

    def _get_attrs(self, model_class, name):
        attrs = super()._get_attrs(model_class, name)
        company = attrs.get("company", self.company)
        attrs.update(
            compute=self._compute_day,
            search=self._search_day,
            store=False,
            copy=False,
            readonly=True,
            compute_sudo=False,
            _depends=(attrs["moment"], company),
        )
        return attrs

    def _compute_day(self, records):
        for record in records:
            moment, company = record[self.moment], record[self.company]
            record[self.name] = moment and company and company._revisit_day(moment)

    def to_sql(self, model, alias):
        moment = model._fields[self.moment].to_sql(model, alias)
        company = model._fields[self.company].to_sql(model, alias)
        zone = model.env["res.company"]._revisit_by_company(
            company, lambda zone: SQL("%s::text", zone)
        )
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def _search_day(self, records, operator, value):
        if operator == "in":
            return Domain.OR(
                self._search_between(records, day, day)
                if day
                else Domain(self.moment, "=", False)
                for day in value
            )
        if operator in (">", ">="):
            first = value + timedelta(days=operator == ">")
            return self._search_between(records, first, None)
        if operator in ("<", "<="):
            last = value - timedelta(days=operator == "<")
            return self._search_between(records, None, last)
        return NotImplemented

    def _search_between(self, records, first, last):
        """Return the domain of moments from one day to another, both included."""
        zones = records.env["res.company"]._revisit_zones()
        domains = []
        for zone, ids in zones:
            domain = Domain.TRUE if len(zones) == 1 else Domain(self.company, "in", ids)
            if first:
                start = windows.day_start(max(first, FIRST), zone)
                domain &= Domain(self.moment, ">=", start)
            if last:
                end = windows.day_start(min(last, LAST) + timedelta(days=1), zone)
                domain &= Domain(self.moment, "<", end)
            domains.append(domain)
        return Domain.OR(domains)
