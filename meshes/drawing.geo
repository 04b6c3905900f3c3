// A cell with one long crystal, in um, as a user may draw it: named physical surfaces are all that is asked for.
SetFactory("OpenCASCADE");
Rectangle(1) = {0, 0, 0, 20, 5};
Rectangle(2) = {0, 5, 0, 20, 12};
Rectangle(3) = {0, 17, 0, 20, 14};
Rectangle(4) = {0, 31, 0, 20, 3};
Disk(5) = {7, 24, 0, 5.5, 3};
Disk(6) = {15, 22, 0, 3, 2.5};
Rotate {{0, 0, 1}, {7, 24, 0}, Pi / 5} { Surface{5}; }
// Fragments keep the numbers of the pieces that are whole: 5 and 6 here.
BooleanFragments { Surface{1:4}; Delete; } { Surface{5, 6}; Delete; }
Physical Surface("lithium") = {1};
Physical Surface("separator") = {2};
Physical Surface("active") = {5, 6};
Physical Surface("collector") = {4};
Physical Surface("electrolyte") = {7};
