"""What people mean by what stands in a cell, and in the head of a column."""
