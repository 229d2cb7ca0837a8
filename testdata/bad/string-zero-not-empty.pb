




Ä Ä†("ê "
"† "* * 2x2cpu2nanoseconds2main2work2main.c2/bin/example2samples2countZ`
