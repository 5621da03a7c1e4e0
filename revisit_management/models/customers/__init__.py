# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_customer_status
from . import res_partner
from . import partner_customer
from . import product_template
from . import product_category
from . import revisit_archive_line
from . import revisit_occasion
