# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import test_access_rights
from . import test_adjustments
from . import test_apart
from . import test_arithmetic
from . import test_assessment
from . import test_company_day
from . import test_cost
from . import test_demo
from . import test_evidence
from . import test_explanation
from . import test_export
from . import test_freeze
from . import test_judged
from . import test_metrics
from . import test_portal
from . import test_rulebook_numbers
from . import test_rulebooks
from . import test_schemes
from . import test_server_owned
from . import test_tour
from . import test_training
from . import test_values
