# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_archive_field
from . import revisit_archive
from . import recount
from . import archive_line
from . import res_partner
from . import sources
from . import customer_data
from . import filing
