module "example.com/m" // x
replace (
	a.b/c v1 => ../c
)
replace d => /e
replace(
f => g v1
