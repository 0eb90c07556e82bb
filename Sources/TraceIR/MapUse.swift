/// What programs do with a map of the script beside writing elements.
struct MapUse: Hashable {
  /// Elements are taken out.
  var isRemovedFrom = false
  /// Programs ask whether there is an element.
  var isSearched = false
  /// Something is added to what is there.
  var isAddedTo = false
  /// Programs read elements.
  var isRead = false
  /// Programs go over all elements, or count them.
  var isIterated = false
}

extension IRModule {
  /// What programs do with each of the script's maps, as their instructions say.
  var mapUses: [MapUse] {
    var uses = Array(repeating: MapUse(), count: scriptMaps.count)
    for function in functions {
      for instruction in function.blocks.lazy.flatMap(\.instructions) {
        switch instruction.operation {
        case .remove(let map, _): uses[map].isRemovedFrom = true
        case .contains(let map, _): uses[map].isSearched = true
        case .element(let map, _), .elementOfCPU(let map, _, _): uses[map].isRead = true
        case .add(let map, _, _, _), .makeElement(let map, _, _): uses[map].isAddedTo = true
        case .length(let map), .iterate(let map, _, _): uses[map].isIterated = true
        // Nobody knows what is done with the map itself.
        case .object(let map): uses[map].isIterated = true
        default: break
        }
      }
    }
    return uses
  }
}
