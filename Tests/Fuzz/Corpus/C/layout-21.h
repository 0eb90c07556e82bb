#pragma pack(1)
struct s { char a; long b; int c : 5; int d : 30; };
#pragma pack()
