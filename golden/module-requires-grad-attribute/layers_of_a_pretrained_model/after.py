import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Tagger(nn.Module):
    def __init__(self, vectors, classes):
        super().__init__()
        self.words = nn.Embedding.from_pretrained(vectors, freeze=False)
        self.words.requires_grad_(False)
        self.blocks = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh())
        for block in self.blocks[:2]:
            block.requires_grad_(False)
        self.head = nn.Linear(8, classes)
        self.head.bias.requires_grad = False

    def forward(self, x):
        return self.head(self.blocks(self.words(x)).mean(1))


torch.manual_seed(0)
x = torch.randint(0, 50, (64, 5))
loader = DataLoader(TensorDataset(x, x[:, 0] % 3), batch_size=16, shuffle=True)
model = Tagger(torch.randn(50, 8), 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
