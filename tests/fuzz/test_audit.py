"""What `mer audit` is given: tables of others, matrices, a file a subject."""

from mer.core.csv_text import csv_text
from mer.evaluation.audit.read import read_audited
from tests.fuzz.fuzzing import Reader, kept_files, odd_files
from tests.fuzz.test_predictions import TABLE

MATRIX = ",negative,positive,surprise\nnegative,10,2,3\npositive,4,5,6\nsurprise,1,1,9\n"
OWN = Reader("audit-table", "theirs.csv", csv_text(TABLE).encode(), read_audited)
COUNTS = Reader("audit-matrix", "matrix.txt", MATRIX.encode(), read_audited)
BARE = Reader("audit-counts", "matrix.txt", b"casme2\n10 2 3\n4 5 6\n1 1 9\n", read_audited)
test_odd_tables, test_kept_tables = odd_files(OWN), kept_files(OWN)
test_odd_matrices, test_kept_matrices = odd_files(COUNTS), kept_files(COUNTS)
test_odd_counts, test_kept_counts = odd_files(BARE), kept_files(BARE)
