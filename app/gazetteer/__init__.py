"""Where an address is: the shipped towns and postcodes, and the houses an operator has taken in."""
