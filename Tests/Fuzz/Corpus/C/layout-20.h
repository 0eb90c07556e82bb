#pragma pack(push, 2)
struct s { char a; int b; long c : 3; };
#pragma pack(pop)
