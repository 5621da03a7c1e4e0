# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The kinds of subjects that can be scored, shared by all models."""

# kind: (model, many2one on the score, path field on the metric)
SUBJECTS = {
    "employee": ("hr.employee", "employee_id", "employee_path"),
    "dealer": ("res.partner", "dealer_id", "dealer_path"),
    "team": ("revisit.team", "team_id", "team_path"),
    "department": ("hr.department", "department_id", "department_path"),
}
KINDS = [
    ("employee", "Employee"),
    ("dealer", "Dealer"),
    ("team", "Unit or Region"),
    ("department", "Department"),
]
PERIODS = [
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("half", "Half-Year"),
    ("year", "Year"),
]
