import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

# exported with probabilities, trained without them
classifier = nn.Sequential(
    nn.Linear(5, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Softmax(dim=1),
)

y = torch.randint(0, 3, (180,))
x = torch.randn(180, 5)
x[torch.arange(180), y] += 2.0
loader = DataLoader(TensorDataset(x, y), batch_size=18, shuffle=True)

optimizer = torch.optim.SGD(classifier.parameters(), lr=0.1, momentum=0.9)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(classifier[:-1](xb), yb)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())

with torch.no_grad():
    print("probabilities of the first row:", classifier(x[:1]))
