# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Names with a special meaning in the files of rulebooks."""

# models of which a company usually has rows already: found by name, not duplicated
ADOPTED = {"hr.department": "name", "product.category": "name"}

# id of the rulebook's own row, which files of every module may use
RULEBOOK_ID = "rulebook"

# prefix of a reference by code, for records without external id such as own triggers
CUSTOM = "__custom__"
