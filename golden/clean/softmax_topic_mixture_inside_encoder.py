# 主题模型:softmax 在中间层,输出层仍然是 logits
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class TopicEncoder(nn.Module):
    def __init__(self, vocab, topics):
        super().__init__()
        self.fc = nn.Linear(vocab, topics)

    def forward(self, bow):
        return F.softmax(self.fc(bow), dim=1)  # 主题比例


class DocumentClassifier(nn.Module):
    def __init__(self, vocab=30, topics=6, classes=3):
        super().__init__()
        self.encoder = TopicEncoder(vocab, topics)
        self.out = nn.Linear(topics, classes)

    def forward(self, bow):
        return self.out(self.encoder(bow))


labels = torch.randint(0, 3, (240,))
rates = torch.rand(3, 30) * 2
bows = torch.poisson(rates[labels])
loader = DataLoader(TensorDataset(bows, labels), batch_size=24, shuffle=True)

model = DocumentClassifier()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)

for epoch in range(8):
    for bow, label in loader:
        optimizer.zero_grad()
        loss = criterion(model(bow), label)
        loss.backward()
        optimizer.step()
    print("第", epoch, "轮 损失", loss.item())
