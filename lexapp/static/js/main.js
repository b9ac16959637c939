// Behaviours are declared by data attributes and bound here.
