# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Who has owned or solved an issue does not ask whether it is solved: so far, too."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    # earlier owners and solvers stand in the traces, as [id, name]
    cr.execute(
        SQL(
            """
            INSERT INTO revisit_issue_worked_by_rel (issue_id, user_id)
            SELECT issue.id, users.id
              FROM revisit_issue issue
              JOIN (SELECT id AS issue_id, owner_id AS user_id FROM revisit_issue
                     UNION
                    SELECT id, resolved_by_id FROM revisit_issue
                     UNION
                    SELECT involved.revisit_issue_id, employee.user_id
                      FROM revisit_issue_co_department_rel involved
                      JOIN hr_department department
                        ON department.id = involved.hr_department_id
                      JOIN hr_employee employee
                        ON employee.id = department.manager_id
                     UNION
                    SELECT trace.res_id, (trace.value_pair -> 'old' ->> 0)::int4
                      FROM revisit_trace trace
                     WHERE trace.res_model = 'revisit.issue'
                       AND trace.part_model = 'revisit.issue'
                       AND trace.field_name IN ('owner_id', 'resolved_by_id')
                       AND jsonb_typeof(trace.value_pair -> 'old') = 'array') worked
                ON worked.issue_id = issue.id
              JOIN res_users users ON users.id = worked.user_id
                ON CONFLICT DO NOTHING
            """
        )
    )
