"""What is a quantity, a constant, a unit of the field?"""
