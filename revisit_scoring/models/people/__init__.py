# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import res_company
from . import hr_department
from . import hr_employee
from . import hr_employee_public
from . import res_partner
from . import revisit_team
from . import revisit_answer
from . import revisit_callback
from . import revisit_issue
from . import revisit_demo
